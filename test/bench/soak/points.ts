import type { PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';

export const GOOD = 'good';
const HOSTILE = 'hostile';
const GOOD_SERIES = 100;
const SERIES = 100;
const METRICS = 40;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Names of tags of points whose order is another each time: 479 million orders. */
const NAMES = Array.from({ length: 12 }, (_, i) => `label-${i}`);

/** Point number `n` of the good tenant. */
export function goodPoint(n: number, now: number): PlainPoint {
  const series = n % GOOD_SERIES;
  const tags = { host: `host-${series}`, region: 'eu' };
  return pointOf({ tenantId: GOOD, metric: `m${series % 10}`, tags, timestamp: now, value: n % 7 });
}

type Kind = (n: number, now: number) => Partial<PlainPoint>;

/** What the hostile tenant does, in turn. */
const KINDS: readonly Kind[] = [
  // One of some series, with its tags in another order each time.
  (n, timestamp) => ({ tags: shuffled(n), timestamp }),
  (n, timestamp) => ({ tags: shuffled(n), timestamp }),
  (n, timestamp) => ({ tags: shuffled(n), timestamp }),
  // A series of its own.
  (n, timestamp) => ({ tags: { request: `${n}` }, timestamp }),
  (n, timestamp) => ({ tags: { request: `${n}` }, timestamp }),
  // Ahead by up to ten minutes, which is allowed.
  (n, now) => ({
    tags: { host: `h${n % SERIES}` },
    timestamp: now + Math.floor(Math.random() * 9.9 * MINUTE_MS),
  }),
  // Late, by up to a year.
  (n, now) => ({
    tags: { host: `h${n % SERIES}` },
    timestamp: now - Math.floor(MINUTE_MS + Math.random() * 365 * DAY_MS),
  }),
  // Ahead by more than is allowed, and with an id that was there before.
  (n, now) => ({ tags: { host: `h${n % SERIES}` }, timestamp: now + 60 * MINUTE_MS }),
  (n, timestamp) => ({ tags: { host: `h${n % SERIES}` }, timestamp, id: `again-${n % 1_000}` }),
];

/** One in so many is as long as it may be, with a series of its own. */
const HUGE_EVERY = 50;

/** Point number `n` of the hostile tenant. */
export function hostilePoint(n: number, now: number): PlainPoint {
  const kind = KINDS[n % KINDS.length] as Kind;
  const point = n % HUGE_EVERY === 0 ? { tags: hugeTags(n), timestamp: now } : kind(n, now);
  return pointOf({ tenantId: HOSTILE, metric: `m${n % METRICS}`, timestamp: now, value: n, ...point });
}

function shuffled(n: number): Record<string, string> {
  const order = [...NAMES];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as string, order[i] as string];
  }
  return Object.fromEntries(order.map((name) => [name, `${name} of ${n % SERIES}`]));
}

function hugeTags(n: number): Record<string, string> {
  const text = 'x'.repeat(240);
  return Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`tag-${i}`, `${n} ${text}`]));
}
