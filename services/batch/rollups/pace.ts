import type { Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, type Bucket } from './buckets.js';
import type { DirtyRange } from './refresh-plan.js';

/** Beyond this many remembered buckets all are forgotten, which costs some repeated publications. */
const MAX_REMEMBERED = 200_000;

/**
 * Says when a dirty bucket is due for publication, so that a bucket under which points keep
 * arriving is not sent again for every series at each look.
 *
 * - A minute that is over: at once.
 * - An hour or day that is over: at once the first time, then at most once per interval.
 * - Any bucket that is still open: when it changed, at most once per interval.
 *
 * When was the last time lives in memory only; that an open bucket has not changed stands beside its mark, so a
 * restart publishes nothing again.
 */
export class Pace {
  readonly #interval: Millis;
  readonly #published = new Map<string, Millis>();

  constructor(intervalMs: Millis) {
    this.#interval = intervalMs;
  }

  due(bucket: Bucket, range: DirtyRange, now: Millis): boolean {
    const end = range.start + BUCKET_MS[bucket];
    const closed = end <= now;
    if (!closed && range.published) return false;
    const last = this.#published.get(keyOf(bucket, range));
    if (last === undefined) return true;
    if (closed && (bucket === '1m' || last < end)) return true;
    return now - last >= this.#interval;
  }

  published(bucket: Bucket, range: DirtyRange, now: Millis): void {
    if (this.#published.size >= MAX_REMEMBERED) this.#forget(now);
    this.#published.set(keyOf(bucket, range), now);
  }

  /** Drops what no longer holds anything back; all of it, if that is not enough. */
  #forget(now: Millis): void {
    for (const [key, at] of this.#published) if (now - at >= this.#interval) this.#published.delete(key);
    if (this.#published.size >= MAX_REMEMBERED) this.#published.clear();
  }
}

function keyOf(bucket: Bucket, { start }: DirtyRange): string {
  return `${bucket}|${start}`;
}
