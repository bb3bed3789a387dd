/** Growth from one bucket to the next: the middle of a bucket is then at most 1 % away from any value in it. */
const GROWTH = 1.02;

/** Number of the bucket of a delay, as SQL over an expression in milliseconds; up to a millisecond is bucket 0. */
export function delayBucketSql(ms: string): string {
  return `greatest(0, ceil(ln(greatest(1, ${ms})) / ${Math.log(GROWTH)}))::int`;
}

/** How often each bucket was met. */
export type Delays = Readonly<Record<string, number>>;

/** Adds `from` to `into`. */
export function addDelays(into: Record<string, number>, from: Delays): void {
  for (const [bucket, count] of Object.entries(from)) into[bucket] = (into[bucket] ?? 0) + count;
}

/**
 * The delay that a share `q` of all does not exceed, in milliseconds, with a relative error of 1 % (a logarithmic
 * histogram, as in Masson, Rim and Lee 2019, "DDSketch"); null when there are none.
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
