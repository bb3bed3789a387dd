/** In ascending order, NaN first. */
const byValue = (a: number, b: number) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b);

/** The quantile of values by linear interpolation between the two next to it; the values are sorted in place. */
export function quantileOf(quantile: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  // Typed arrays sort NaN last by themselves.
  if (values.some(Number.isNaN)) values.sort(byValue);
  else values.sort();
  const rank = quantile * (values.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (values[lower] ?? Number.NaN) * (1 - weight) + (values[upper] ?? Number.NaN) * weight;
}
