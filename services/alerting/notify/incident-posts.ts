import { createHash } from 'node:crypto';
import { beginningOf } from '../../../shared/core/beginning-of.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { ChannelSettings } from './channel.js';
import { json, type Post } from './http-post.js';
import type { Notification } from './notification.js';
import { linesOf, sentenceOf, severityOf } from './text.js';
import { runbookOf, wordsOf } from './words.js';

/* Services that open an incident for each group, and close it when all alerts of the group have ended. */

type SettingsOf<T extends ChannelSettings['type']> = Extract<ChannelSettings, { type: T }>;

/** The same for all notifications of a group. */
const incidentOf = ({ groupKey }: Notification) => createHash('sha256').update(groupKey).digest('hex');

/** PagerDuty cuts a longer summary. */
const MAX_SUMMARY = 1_024;

/** PagerDuty's Events API v2. */
export function pagerDutyPost(settings: SettingsOf<'pagerduty'>, notification: Notification): Post {
  const { groupLabels, status, firing, resolved } = notification;
  const { url, routingKey, externalUrl = '' } = settings;
  const event = {
    routing_key: routingKey,
    dedup_key: incidentOf(notification),
    event_action: status === 'firing' ? 'trigger' : 'resolve',
  };
  if (status === 'resolved') return json(url, event);
  const [first] = firing;
  const { title, text } = wordsOf(settings, notification);
  const summary =
    settings.title === undefined ? `${title} ${first === undefined ? '' : sentenceOf(first)}`.trim() : title;
  const runbook = runbookOf(notification);
  return json(url, {
    ...event,
    client: 'Tactus',
    ...(externalUrl !== '' && { client_url: `${externalUrl}/alerts` }),
    ...(runbook !== null && { links: [{ href: runbook, text: 'Runbook' }] }),
    payload: {
      summary: beginningOf(summary, MAX_SUMMARY),
      // An empty one is refused for good.
      source: first?.labels.host || first?.tenantId || 'tactus',
      severity: severityOf(notification),
      ...(first === undefined ? {} : { timestamp: isoTime(first.startsAt) }),
      custom_details: {
        ...{ group: groupLabels, alerts: linesOf(notification), resolved: resolved.length },
        ...(settings.text !== undefined && { text }),
      },
    },
  });
}

const PRIORITIES = { critical: 'P1', warning: 'P3', info: 'P5' } as const;
const MAX_MESSAGE = 130;
const MAX_DESCRIPTION = 15_000;
/** Of a tag, and of the value of a detail. */
const MAX_TAG = 50;
const MAX_DETAIL = 1_000;

/** Opsgenie's alert API. */
export function opsgeniePost(settings: SettingsOf<'opsgenie'>, notification: Notification): Post {
  const { url, apiKey } = settings;
  const headers = { authorization: `GenieKey ${apiKey}` };
  const alias = incidentOf(notification);
  if (notification.status === 'resolved')
    return json(`${url}/v2/alerts/${alias}/close?identifierType=alias`, { source: 'Tactus' }, headers);
  const { title, text } = wordsOf(settings, notification);
  const runbook = runbookOf(notification);
  const details = {
    ...notification.groupLabels,
    ...(runbook !== null && { runbook_url: runbook }),
  };
  const body = {
    ...{ message: beginningOf(title, MAX_MESSAGE), alias, description: beginningOf(text, MAX_DESCRIPTION) },
    ...{ source: 'Tactus', priority: PRIORITIES[severityOf(notification)] },
    tags: [severityOf(notification), notification.groupLabels.tenant ?? '']
      .filter((tag) => tag !== '')
      .map((tag) => beginningOf(tag, MAX_TAG)),
    details: Object.fromEntries(
      Object.entries(details).map(([name, value]) => [name, beginningOf(value, MAX_DETAIL)]),
    ),
  };
  return json(`${url}/v2/alerts`, body, headers);
}
