/** The `q` quantile of values in ascending order, interpolated (Hyndman and Fan's type 7). */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The median of at least one value. */
export function medianOf(values: readonly number[]): number {
  return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
}

/**
 * Where |x| of a standard normal x stays below with probability `p` in (0, 1): sqrt(2) erfinv(p), by
 * Winitzki's approximation (2008, "A handy approximation for the error function and its inverse"),
 * good to 0.2 %.
 */
export function halfNormalQuantile(p: number): number {
  const a = 0.147;
  const log = Math.log(1 - p * p);
  const b = 2 / (Math.PI * a) + log / 2;
  return Math.SQRT2 * Math.sqrt(Math.sqrt(b * b - log / a) - b);
}
