import { createHmac } from 'node:crypto';
import type { Millis } from '../../../shared/core/clock.js';
import { alertmanagerPayload } from './alertmanager-payload.js';
import type { ChannelSettings } from './channel.js';
import { discordPost, slackPost, teamsPost, telegramPost } from './chat-posts.js';
import { customPost } from './custom-post.js';
import { json, type Post } from './http-post.js';
import { opsgeniePost, pagerDutyPost } from './incident-posts.js';
import type { Notification } from './notification.js';
import { snsPost } from './sns-post.js';

type HttpSettings = Exclude<ChannelSettings, { type: 'email' }>;

/** The request for a channel, at a wall-clock time. */
export function postOf(settings: HttpSettings, notification: Notification, at: Millis): Post {
  switch (settings.type) {
    case 'slack':
      return slackPost(settings, notification);
    case 'teams':
      return teamsPost(settings, notification);
    case 'discord':
      return discordPost(settings, notification);
    case 'telegram':
      return telegramPost(settings, notification);
    case 'pagerduty':
      return pagerDutyPost(settings, notification);
    case 'opsgenie':
      return opsgeniePost(settings, notification);
    case 'sns':
      return snsPost(settings, notification, at);
    case 'custom':
      return customPost(settings, notification);
    case 'webhook': {
      const { authorization, externalUrl } = settings;
      return json(settings.url, alertmanagerPayload(notification, externalUrl), {
        'idempotency-key': notification.id,
        ...(authorization === '' ? {} : { authorization }),
      });
    }
    case 'action':
      return actionPost(settings, notification, at);
  }
}

/**
 * A signed call of an action, such as `scale_up`. The signature is the HMAC-SHA256 of `<timestamp>.<body>` in
 * hexadecimal, the timestamp in seconds: a receiver refuses old ones, and a repetition by its delivery id.
 */
function actionPost(
  { url, action, secret, externalUrl }: Extract<ChannelSettings, { type: 'action' }>,
  notification: Notification,
  at: Millis,
): Post {
  const { id, status, groupKey, groupLabels } = notification;
  const { alerts } = alertmanagerPayload(notification, externalUrl);
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
