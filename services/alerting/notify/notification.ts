import type { Alert } from '../../../schemas/types.js';

/** What is sent to a channel about a group of alerts. */
export interface Notification {
  /** The same for the same content, so that a receiver recognises a repetition. */
  readonly id: string;
  readonly channel: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** Alerts that were left out because there are too many, or because they are silenced or inhibited. */
  readonly truncated: number;
}
