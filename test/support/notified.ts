import type { HttpReceiver } from '../services/alerting/notify/receivers.js';

interface NotifiedAlert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly fingerprint: string;
}

/** A notification as it was received. */
export interface Notified {
  readonly key: string;
  readonly alerts: readonly NotifiedAlert[];
}

export function notifiedIn(post: HttpReceiver['posts'][number] | undefined): Notified {
  if (post === undefined) return { key: '', alerts: [] };
  const { alerts } = JSON.parse(post.text) as { alerts: NotifiedAlert[] };
  return { key: String(post.headers['idempotency-key']), alerts };
}

/** The keys under which something was notified, by what it was. */
export function keysByAlert(
  notified: readonly Notified[],
  nameOf: (alert: NotifiedAlert) => string,
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { key, alerts } of notified)
    for (const alert of alerts) {
      const name = nameOf(alert);
      found.set(name, (found.get(name) ?? new Set()).add(key));
    }
  return found;
}

/** For `TACTUS_NOTIFICATIONS_FILE`: a webhook is notified of each alert by itself, at once. */
export function eachAtOnce(url: string): string {
  return `channels:
  ops: { type: webhook, url: '${url}', maxPerMinute: 10000 }
route: { channels: [ops], groupBy: ["..."], groupWait: 0s, groupInterval: 1s }
`;
}
