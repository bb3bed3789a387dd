import type { Millis } from '../../../shared/core/clock.js';
import type { Notification } from './notification.js';

/** A channel's settings, checked, with its secrets read. */
export type ChannelSettings = {
  readonly name: string;
  readonly timeoutMs: Millis;
  /** Most attempts a minute; what exceeds it waits and is merged. */
  readonly maxPerMinute: number;
  /** Whether the end of alerts is notified. */
  readonly sendResolved: boolean;
} & (
  | { readonly type: 'slack'; readonly url: string }
  | { readonly type: 'pagerduty'; readonly url: string; readonly routingKey: string }
  | { readonly type: 'webhook'; readonly url: string; readonly authorization: string }
  | { readonly type: 'action'; readonly url: string; readonly action: string; readonly secret: string }
  | {
      readonly type: 'email';
      readonly server: string;
      readonly user: string;
      readonly password: string;
      readonly from: string;
      readonly to: readonly string[];
    }
);

/**
 * What became of one attempt: `refused` will not change by itself, a `failed` one may succeed later, after
 * `retryAfterMs` if the target said so.
 */
export type Attempt =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly reason: string; readonly retryAfterMs: Millis | null };

/** Sends to a channel; never rejects. `at` is the wall clock. */
export type Send = (notification: Notification, at: Millis, signal: AbortSignal) => Promise<Attempt>;
