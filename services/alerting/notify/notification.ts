import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';

/** What is sent to a channel about a group of alerts. */
export interface Notification {
  /** The same for the same content, so that a receiver recognises a repetition. */
  readonly id: string;
  readonly channel: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  /** Step of the escalation that the channel belongs to, from 1; 0 where it is notified at once. */
  readonly escalation: number;
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** No alert is news to its channel, and it is no repetition: alerts have ended, or flap, or do so no more. */
  readonly noneBegins?: true;
  /** That alerts flap, or do so no more, is news to its channel. */
  readonly flaps?: true;
  /** Alerts that were left out because there are too many, or because they are silenced or inhibited. */
  readonly truncated: number;
}

/** An attempt to send that has ended. */
export interface EndedAttempt {
  readonly notification: Notification;
  /** Type of the channel. */
  readonly kind: string;
  readonly outcome: 'delivered' | 'failed' | 'given_up';
  /** How often it was tried by then. */
  readonly attempts: number;
  readonly at: Millis;
}

/** An alert that a channel is not notified of, though it fires. */
export interface Suppressed {
  readonly alert: Alert;
  readonly groupKey: string;
  readonly channel: string;
  readonly escalation: number;
  readonly reason: SuppressReason;
}

/** `muted` by the times of its route. */
export type SuppressReason = 'silenced' | 'inhibited' | 'muted';

/** Where a notification of a group is that was offered; `sending` also where a newer one waits behind it. */
export type Place = 'waiting' | 'sending';

/** Sends notifications between the steps. */
export interface NotificationOutbox {
  readonly channels: ReadonlySet<string>;
  close(): void;
  offer(notification: Notification): void;
  withdraw(groupKey: string, channel: string): void;
  placeOf(groupKey: string, channel: string): Place | null;
  pump(now: number): void;
  take(): Notification[];
  takeAttempts(): EndedAttempt[];
  kindOf(channel: string): string;
}

/** Notifications to send now, and waiting ones that are no longer needed. */
export interface Plan {
  readonly notify: readonly Notification[];
  readonly withdraw: readonly { readonly groupKey: string; readonly channel: string }[];
  /** What would be news to a channel, when it is suppressed first. */
  readonly suppressed: readonly Suppressed[];
}
