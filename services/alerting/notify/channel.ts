import type { Millis } from '../../../shared/core/clock.js';
import type { Notification } from './notification.js';
import type { ChannelTemplate } from './templates/template.js';

/** A channel's settings, checked, with its secrets read. */
export type ChannelSettings = {
  readonly name: string;
  readonly timeoutMs: Millis;
  /** Most attempts a minute; what exceeds it waits and is merged. */
  readonly maxPerMinute: number;
  /** Whether the end of alerts is notified. */
  readonly sendResolved: boolean;
  /** What people read, in place of what is sent without them. */
  readonly title?: ChannelTemplate;
  readonly text?: ChannelTemplate;
  /** Address of the dashboard, for links. */
  readonly externalUrl?: string;
  /** Added to the labels of alerts: they name this installation. */
  readonly externalLabels?: Readonly<Record<string, string>>;
} & (
  | { readonly type: 'slack'; readonly url: string }
  | { readonly type: 'pagerduty'; readonly url: string; readonly routingKey: string }
  | { readonly type: 'teams'; readonly url: string }
  | { readonly type: 'discord'; readonly url: string }
  | { readonly type: 'telegram'; readonly url: string; readonly botToken: string; readonly chatId: string }
  | { readonly type: 'opsgenie'; readonly url: string; readonly apiKey: string }
  | {
      readonly type: 'sns';
      readonly url: string;
      readonly region: string;
      readonly topicArn: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    }
  | {
      readonly type: 'custom';
      readonly url: string;
      readonly body: ChannelTemplate;
      readonly contentType: string;
      readonly authorization: string;
    }
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
