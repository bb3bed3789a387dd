import type { Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, type Bucket } from './buckets.js';

/** A bucket whose points have changed since its last refresh. */
export interface DirtyRange {
  /** First millisecond of the bucket. */
  readonly start: Millis;
  /** Changes with each mark; a 64-bit number as text. */
  readonly version: string;
  /** True when this version was published while the bucket was open. */
  readonly published: boolean;
}

/** What is worked on at once, as in one call of `refresh_continuous_aggregate`: whole buckets from `start` to `end` (exclusive). */
export interface RefreshWindow {
  readonly start: Millis;
  readonly end: Millis;
  /** The dirty buckets in it, in order of time; at least one. */
  readonly ranges: readonly DirtyRange[];
}

export interface RefreshPlan {
  /** Calls for closed buckets, in order of time. */
  readonly refresh: readonly RefreshWindow[];
  /** Open buckets, in order of time: never refreshed, computed when they are read. */
  readonly open: readonly DirtyRange[];
}

/** Limit of buckets per call: a day of minutes, a month of hours, a year of days. */
const MAX_BUCKETS: Readonly<Record<Bucket, number>> = { '1m': 1_440, '1h': 744, '1d': 366 };

/**
 * Clean buckets that a call may include to reach the next dirty one. They are nearly free, since TimescaleDB computes
 * only what has changed; another call takes some ten milliseconds.
 */
const MAX_GAP_BUCKETS = 60;

/** A call for several buckets as two. */
export function halvesOf(bucket: Bucket, window: RefreshWindow): RefreshWindow[] {
  const { ranges } = window;
  const middle = ranges.length >> 1;
  return [ranges.slice(0, middle), ranges.slice(middle)].flatMap((half) => windowOf(bucket, half) ?? []);
}

/** These ranges, in order of time, as one piece of work; null for none. */
export function windowOf(bucket: Bucket, ranges: readonly DirtyRange[]): RefreshWindow | null {
  const first = ranges[0];
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return null;
  return { start: first.start, end: last.start + BUCKET_MS[bucket], ranges };
}

/**
 * Combines dirty buckets of one length into as few refresh calls as the limits allow.
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
    const call = windowOf(bucket, ranges);
    if (call !== null) refresh.push(call);
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
