import type { Millis } from '../../../shared/core/clock.js';

/** Lengths of the roll-ups, fine to coarse: each is computed from the previous one. */
export const BUCKETS = ['1m', '1h', '1d'] as const;

export type Bucket = (typeof BUCKETS)[number];

/** Length in milliseconds. Buckets are aligned to the epoch, in UTC. */
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

/** Start of the bucket that contains `time`, which may be before 1970. */
export function bucketStart(bucket: Bucket, time: Millis): Millis {
  return Math.floor(time / BUCKET_MS[bucket]) * BUCKET_MS[bucket];
}

/** The buckets that are computed from this one. */
export function coarserThan(bucket: Bucket): readonly Bucket[] {
  return BUCKETS.slice(BUCKETS.indexOf(bucket) + 1);
}
