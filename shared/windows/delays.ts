/** Ratio of two bucket bounds: the middle of a bucket differs from its values by at most 1 %. */
const GROWTH = 1.02;

/** SQL for the bucket number of a delay in milliseconds; bucket 0 is up to a millisecond. */
export function delayBucketSql(ms: string): string {
  return `greatest(0, ceil(ln(greatest(1, ${ms})) / ${Math.log(GROWTH)}))::int`;
}

/** Number of delays by bucket number. */
export type Delays = Readonly<Record<string, number>>;

/** Adds `from` to `into`. */
export function addDelays(into: Record<string, number>, from: Delays): void {
  for (const [bucket, count] of Object.entries(from)) into[bucket] = (into[bucket] ?? 0) + count;
}

/**
 * The `q` quantile of the delays in milliseconds, with a relative error of 1 % (a logarithmic histogram, as in Masson,
 * Rim and Lee 2019, "DDSketch"); null without delays.
 */
export function delayQuantile(delays: Delays, q: number): number | null {
  const buckets = Object.entries(delays)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let left = q * (total - 1);
  for (const [bucket, count] of buckets) {
    if (left < count) return bucket === 0 ? 0 : (2 * GROWTH ** bucket) / (GROWTH + 1);
    left -= count;
  }
  return null;
}
