export interface Bucket {
  readonly bound: number;
  readonly count: number;
}

/** Ascending bounds, each once, the counts of equal ones added up, and none smaller than the one before it. */
function cumulative(buckets: readonly Bucket[]): Bucket[] {
  const sorted = [...buckets].sort((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0));
  const merged: Bucket[] = [];
  for (const { bound, count } of sorted) {
    const last = merged.at(-1);
    if (last?.bound === bound) merged[merged.length - 1] = { bound, count: last.count + count };
    else merged.push({ bound, count });
  }
  // Buckets are read one after the other, and their rates are extrapolated, so a larger one may have a smaller count.
  let most = -Infinity;
  return merged.map(({ bound, count }) => {
    if (count < most) return { bound, count: most };
    if (count > most) most = count;
    return { bound, count };
  });
}

/**
 * The quantile of a classic histogram: its bucket is found, and the values in it are taken to be spread evenly.
 *
 * @param buckets with cumulative counts; NaN without one of the bound +Inf
 */
export function bucketQuantile(quantile: number, buckets: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  const all = cumulative(buckets);
  const last = all.at(-1);
  const highest = all.at(-2);
  if (last?.bound !== Infinity || highest === undefined) return Number.NaN;
  if (last.count === 0) return Number.NaN;
  const rank = quantile * last.count;
  const found = all.findIndex(({ count }) => count >= rank);
  const bucket = all[found];
  if (bucket === undefined || bucket === last) return highest.bound;
  const before = all[found - 1];
  if (before === undefined && bucket.bound <= 0) return bucket.bound;
  const start = before?.bound ?? 0;
  const below = before?.count ?? 0;
  return start + (bucket.bound - start) * ((rank - below) / (bucket.count - below));
}
