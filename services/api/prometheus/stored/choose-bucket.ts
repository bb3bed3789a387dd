import type { Selection } from '../promql/model/series-source.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A roll-up, by the length of its buckets in milliseconds. */
export interface Bucket {
  readonly name: '1m' | '1h' | '1d';
  readonly ms: number;
}

/** From the coarsest on, which has the fewest buckets. */
const BUCKETS: readonly Bucket[] = [
  { name: '1d', ms: 24 * HOUR_MS },
  { name: '1h', ms: HOUR_MS },
  { name: '1m', ms: MINUTE_MS },
];

/** A range that does not begin where a bucket does is off by part of one: at most by this share of it. */
const MOST_OFF = 1 / 60;

/**
 * The coarsest roll-up that answers as points would, else that of minutes; null where even a minute is too long.
 *
 * @param fewest buckets that a range needs
 * @param longest of the buckets, in milliseconds
 */
export function bucketFor(
  { range, step, first }: Pick<Selection, 'range' | 'step' | 'first'>,
  fewest = 1,
  longest = Number.POSITIVE_INFINITY,
): Bucket | null {
  // A selector alone stands for the mean of its step.
  const span = range || Math.max(step, MINUTE_MS);
  const allowed = BUCKETS.filter(({ ms }) => ms <= longest && ms * fewest <= span);
  const isRight = ({ ms }: Bucket) =>
    [span, step, first].every((each) => each % ms === 0) || ms <= span * MOST_OFF;
  return allowed.find(isRight) ?? allowed.at(-1) ?? null;
}
