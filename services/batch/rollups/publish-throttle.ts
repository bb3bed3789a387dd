import type { Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, type Bucket } from './buckets.js';
import type { DirtyRange } from './refresh-plan.js';

/** When there are more buckets, all are forgotten, which causes some repeated publications. */
const MAX_REMEMBERED = 200_000;

/**
 * Limits how often a bucket is published, since each publication has a record for every series.
 *
 * - A closed minute: at once.
 * - A closed hour or day: at once the first time, then at most once per interval.
 * - An open bucket: when it has changed, at most once per interval.
 *
 * The time of the last publication is in memory only. The published version of an open bucket is stored with its
 * mark, so a restart publishes nothing again.
 */
export class PublishThrottle {
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

  /** Drops entries that no longer delay anything; all of them, if that is not enough. */
  #forget(now: Millis): void {
    for (const [key, at] of this.#published) if (now - at >= this.#interval) this.#published.delete(key);
    if (this.#published.size >= MAX_REMEMBERED) this.#published.clear();
  }
}

function keyOf(bucket: Bucket, { start }: DirtyRange): string {
  return `${bucket}|${start}`;
}
