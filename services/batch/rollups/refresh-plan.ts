import type { Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, type Bucket } from './buckets.js';

/** A bucket whose points changed since it was refreshed last. */
export interface DirtyRange {
  /** First millisecond of the bucket. */
  readonly start: Millis;
  /** Changes with each mark; text, because it is a 64-bit number. */
  readonly version: string;
  /** True when it was published, still open, as it is. */
  readonly published: boolean;
}

/** One call of `refresh_continuous_aggregate`: whole buckets from `start` to `end` (exclusive). */
export interface RefreshWindow {
  readonly start: Millis;
  readonly end: Millis;
  /** The dirty buckets inside, in order of time; at least one. */
  readonly ranges: readonly DirtyRange[];
}

export interface RefreshPlan {
  /** Closed buckets, to be refreshed and published, in order of time. */
  readonly refresh: readonly RefreshWindow[];
  /** Buckets that are not over yet: never refreshed, computed when they are read. */
  readonly open: readonly DirtyRange[];
}

/** Most buckets of one call: a day of minutes, a month of hours, a year of days. */
const MAX_BUCKETS: Readonly<Record<Bucket, number>> = { '1m': 1_440, '1h': 744, '1d': 366 };

/**
 * Clean buckets that a call may run across to take in the next dirty one. They cost nearly nothing, since
 * TimescaleDB computes only what changed; another call costs some ten milliseconds.
 */
const MAX_GAP_BUCKETS = 60;

/**
 * Joins dirty buckets of one length into as few refresh calls as their bounds allow.
 *
 * @param now a bucket is closed when its end is not after this time
 */
export function planRefresh(bucket: Bucket, dirty: readonly DirtyRange[], now: Millis): RefreshPlan {
  const length = BUCKET_MS[bucket];
  const inOrder = [...dirty].sort((a, b) => a.start - b.start);
  const open = inOrder.filter(({ start }) => start + length > now);
  const refresh: RefreshWindow[] = [];
  let ranges: DirtyRange[] = [];
  const close = () => {
    const first = ranges[0];
    const last = ranges.at(-1);
    if (first !== undefined && last !== undefined)
      refresh.push({ start: first.start, end: last.start + length, ranges });
    ranges = [];
  };
  for (const range of inOrder) {
    if (range.start + length > now) break;
    const first = ranges[0];
    const last = ranges.at(-1);
    const fits =
      first !== undefined &&
      last !== undefined &&
      range.start - last.start <= (MAX_GAP_BUCKETS + 1) * length &&
      range.start + length - first.start <= MAX_BUCKETS[bucket] * length;
    if (!fits) close();
    ranges.push(range);
  }
  close();
  return { refresh, open };
}
