import type { Millis } from '../../../shared/core/clock.js';

/** Lengths of the roll-ups, fine to coarse: each is made from the one before it. */
export const BUCKETS = ['1m', '1h', '1d'] as const;

export type Bucket = (typeof BUCKETS)[number];

/** Length in milliseconds. All are aligned to the epoch and to UTC, which have no leap seconds. */
export const BUCKET_MS: Readonly<Record<Bucket, Millis>> = {
  '1m': 60_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};

/** The continuous aggregate that holds the buckets. */
export const ROLLUP_VIEW: Readonly<Record<Bucket, string>> = {
  '1m': 'tactus.rollup_1m',
  '1h': 'tactus.rollup_1h',
  '1d': 'tactus.rollup_1d',
};

/** First millisecond of the bucket that holds `time`; also right before 1970. */
export function bucketStart(bucket: Bucket, time: Millis): Millis {
  return Math.floor(time / BUCKET_MS[bucket]) * BUCKET_MS[bucket];
}

/** The buckets that are made from this one. */
export function coarserThan(bucket: Bucket): readonly Bucket[] {
  return BUCKETS.slice(BUCKETS.indexOf(bucket) + 1);
}
