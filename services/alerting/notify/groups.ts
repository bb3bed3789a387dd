import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { SuppressReason } from './notification.js';
import type { GivenOut } from './notification-records.js';
import type { Route } from './routing.js';

/** An alert that fires, or has ended without every channel having been notified. */
export interface Tracked {
  readonly alert: Alert;
  /** Wall clock since which it has been firing. */
  readonly since: Millis;
  /** Wall clock of its end; null while it fires. */
  readonly endedAt: Millis | null;
}

/** What a channel was last sent about a group. */
export interface Notified {
  /** Fingerprints of the alerts that it was last shown as firing. */
  readonly firing: readonly string[];
  /** Those of them that flapped then; left out where none did. */
  readonly flapping?: readonly string[];
  readonly at: Millis;
}

/** Alerts that share notifications. */
export interface Group {
  readonly key: string;
  readonly route: Route;
  readonly labels: Readonly<Record<string, string>>;
  /** Wall clock of its next evaluation. */
  dueAt: Millis;
  readonly members: Set<string>;
  /** By channel. */
  readonly notified: Map<string, Notified>;
  /** Not kept over a restart: then it is given out again. */
  readonly suppressed: GivenOut;
}

/** Silences and acknowledgements in force. */
export interface Decisions {
  /** How much work `silenced` is at most, as a number of instructions of patterns. */
  readonly effort: number;
  silenced(alert: Pick<Alert, 'tenantId' | 'labels'>, now: Millis): boolean;
  acknowledged(alert: Pick<Alert, 'fingerprint' | 'tenantId'>, since: Millis): boolean;
}

/** Why an alert counts as absent; null where it does not. */
export type MutedBy = (tracked: Tracked) => SuppressReason | null;
