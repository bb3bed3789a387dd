import { randomUUID } from 'node:crypto';
import type { Alert } from '../../../schemas/types.js';
import type { Config } from '../../../shared/config/load.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Attempt, ChannelSettings } from '../notify/channel.js';
import { basicAuthentication, unescaped } from '../notify/http-post.js';
import type { Notification } from '../notify/notification.js';
import { loadNotifications } from '../notify/notifications.js';
import { senderOf } from '../notify/senders.js';
import { alertTargets } from '../notify/targets.js';
import { inOneLine } from '../notify/text.js';

/** What came of a test notification. */
export interface TestedChannel {
  readonly type: string;
  readonly outcome: Attempt['outcome'];
  /** Why it was not delivered. */
  readonly reason: string | null;
  /** The beginning of what the provider answered, without the channel's secrets; null without an answer. */
  readonly answer: string | null;
}

/** Shorter texts are no secrets, and stand in many answers. */
const LEAST_SECRET = 6;
/** Of a channel's settings, those that may be shown. */
const OPEN: readonly string[] = ['name', 'type', 'action', 'server', 'user', 'from'];

/**
 * Sends a test notification to a channel, as the notifier would. Neither silences nor times of routes are asked.
 *
 * @returns the names of the channels that there are, where there is none of that name
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file of channels is wrong
 */
export async function testChannel(
  config: Config['alerting'],
  env: NodeJS.ProcessEnv,
  { name, by, now, signal }: { name: string; by: string; now: Millis; signal: AbortSignal },
): Promise<TestedChannel | readonly string[]> {
  const targets = alertTargets(config.allowedNetworks);
  const { channels = [] } = loadNotifications(config, env, targets, name) ?? {};
  const settings = channels.find((channel) => channel.name === name);
  if (settings === undefined) return channels.map((channel) => channel.name);
  let answer: string | null = null;
  const send = senderOf(settings, targets, (text) => {
    answer = inOneLine(withoutSecrets(text, settings));
  });
  const attempt = await send(testNotification(name, by, now), now, signal);
  const reason = attempt.outcome === 'delivered' ? null : withoutSecrets(attempt.reason, settings);
  return { type: settings.type, outcome: attempt.outcome, reason, answer };
}

function testNotification(channel: string, by: string, now: Millis): Notification {
  const labels = { alertname: 'TestNotification', severity: 'info' };
  const alert: Alert = {
    ...{ fingerprint: '0000000000000000', rule: 'TestNotification', tenantId: '', labels },
    ...{ state: 'firing', severity: 'info', value: 0, startsAt: now, endsAt: null, updatedAt: now },
    annotations: { summary: `This is a test of the channel ${channel} by ${by}. Nothing is wrong.` },
  };
  return {
    ...{ id: randomUUID(), channel, groupKey: `{test}:${channel}`, groupLabels: { alertname: alert.rule } },
    ...{ status: 'firing', escalation: 0, firing: [alert], resolved: [], truncated: 0 },
  };
}

/** What a provider answers may repeat what it was sent; of what is cut at its end the beginning is hidden, too. */
function withoutSecrets(text: string, settings: ChannelSettings): string {
  const secrets = Object.entries(settings)
    .flatMap(([key, value]) => (typeof value !== 'string' || OPEN.includes(key) ? [] : partsOf(value)))
    .filter((secret) => secret.length >= LEAST_SECRET)
    .sort((a, b) => b.length - a.length);
  return secrets.reduce((shown, secret) => {
    const hidden = shown.replaceAll(secret, '***');
    for (let length = secret.length - 1; length >= LEAST_SECRET; length--)
      if (hidden.endsWith(secret.slice(0, length))) return `${hidden.slice(0, -length)}***`;
    return hidden;
  }, text);
}

/** A setting, and what of it may be repeated by itself: the token behind `Bearer`, and parts of an address. */
function partsOf(value: string): string[] {
  if (!URL.canParse(value)) return [value, ...value.split(' ').slice(1)];
  const url = new URL(value);
  const parts = [...url.pathname.split('/'), url.username, url.password];
  const sent = basicAuthentication(url).authorization?.split(' ') ?? [];
  return [value, ...parts, ...parts.map(unescaped), url.search, ...url.searchParams.values(), ...sent];
}
