import { createHash, createHmac } from 'node:crypto';
import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { ChannelSettings } from './channel.js';
import type { Post } from './http-post.js';
import type { Notification } from './notification.js';
import { linesOf, sentenceOf, severityOf, titleOf } from './text.js';

type SettingsOf<T extends ChannelSettings['type']> = Extract<ChannelSettings, { type: T }>;
type HttpSettings = Exclude<ChannelSettings, { type: 'email' }>;

/** How Go writes a time that is not set; Alertmanager sends it as `endsAt` while an alert fires. */
const NOT_SET = '0001-01-01T00:00:00Z';
const MAX_ALERTS = 100;
const COLOURS = { critical: '#d00000', warning: '#e69f00', info: '#0072b2' } as const;
/** PagerDuty cuts a longer summary. */
const MAX_SUMMARY = 1_024;

/** The request for a channel, at a wall-clock time. */
export function postOf(settings: HttpSettings, notification: Notification, at: Millis): Post {
  switch (settings.type) {
    case 'slack':
      return json(settings.url, slackMessage(notification));
    case 'pagerduty':
      return json(settings.url, pagerDutyEvent(settings, notification));
    case 'webhook': {
      const { authorization } = settings;
      return json(settings.url, alertmanagerPayload(notification), {
        'idempotency-key': notification.id,
        ...(authorization === '' ? {} : { authorization }),
      });
    }
    case 'action':
      return actionPost(settings, notification, at);
  }
}

/** Alertmanager's webhook payload, version 4, so that what reads Alertmanager's posts reads these. */
export function alertmanagerPayload(notification: Notification): Record<string, unknown> {
  const { channel, groupKey, groupLabels, status, truncated } = notification;
  const alerts = [...notification.firing, ...notification.resolved].slice(0, MAX_ALERTS);
  return {
    version: '4',
    groupKey,
    truncatedAlerts: truncated,
    status,
    receiver: channel,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: '',
    alerts: alerts.map((alert) => ({
      status: alert.state === 'resolved' ? 'resolved' : 'firing',
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: isoTime(alert.startsAt),
      endsAt: alert.endsAt === null ? NOT_SET : isoTime(alert.endsAt),
      generatorURL: '',
      fingerprint: alert.fingerprint,
    })),
  };
}

/** Slack's incoming webhooks. `&`, `<` and `>` are escaped: a label cannot mention anybody or pass for a link. */
function slackMessage(notification: Notification): Record<string, unknown> {
  const plain = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const title = plain(titleOf(notification));
  const color = notification.status === 'resolved' ? '#009e73' : COLOURS[severityOf(notification)];
  const text = linesOf(notification).map(plain).join('\n');
  return { text: title, attachments: [{ color, fallback: title, text }] };
}

/** PagerDuty's Events API v2: one incident for each group, which ends when all of its alerts have. */
function pagerDutyEvent(
  { routingKey }: SettingsOf<'pagerduty'>,
  notification: Notification,
): Record<string, unknown> {
  const { groupKey, groupLabels, status, firing, resolved } = notification;
  const event = {
    routing_key: routingKey,
    dedup_key: createHash('sha256').update(groupKey).digest('hex'),
    event_action: status === 'firing' ? 'trigger' : 'resolve',
  };
  if (status === 'resolved') return event;
  const [first] = firing;
  const summary = `${titleOf(notification)} ${first === undefined ? '' : sentenceOf(first)}`.trim();
  return {
    ...event,
    client: 'Tactus',
    payload: {
      summary: summary.slice(0, MAX_SUMMARY),
      source: first?.labels.host ?? first?.tenantId ?? 'tactus',
      severity: severityOf(notification),
      ...(first === undefined ? {} : { timestamp: isoTime(first.startsAt) }),
      custom_details: { group: groupLabels, alerts: linesOf(notification), resolved: resolved.length },
    },
  };
}

/**
 * A signed call of an action, such as `scale_up`. The signature is the HMAC-SHA256 of `<timestamp>.<body>` in
 * hexadecimal, the timestamp in seconds: a receiver refuses old ones, and a repetition by its delivery id.
 */
function actionPost(
  { url, action, secret }: SettingsOf<'action'>,
  notification: Notification,
  at: Millis,
): Post {
  const { id, status, groupKey, groupLabels } = notification;
  const { alerts } = alertmanagerPayload(notification);
  const body = JSON.stringify({ action, delivery: id, status, groupKey, groupLabels, alerts });
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    url,
    body,
    headers: {
      'x-tactus-action': action,
      'x-tactus-delivery': id,
      'x-tactus-timestamp': timestamp,
      'x-tactus-signature': `sha256=${signature}`,
      'idempotency-key': id,
    },
  };
}

function json(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Post {
  return { url, headers, body: JSON.stringify(body) };
}

/** The pairs that all of them share. */
function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) =>
      others.every((other: Alert['labels']) => other[name] === value),
    ),
  );
}
