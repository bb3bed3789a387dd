/** By the end of a metric's name, as Prometheus and OpenTelemetry write it. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/[._]bytes_per_second$/, 'B/s'],
  [/[._]per_second$/, '/s'],
  [/[._](milliseconds|ms)$/, 'ms'],
  [/[._](seconds|s)$/, 's'],
  [/[._]bytes$/, 'B'],
  [/[._](percent|pct)$/, '%'],
];

/** What its figures are in; undefined where the name does not say. */
export function unitOf(metric: string, aggregation: string): string | undefined {
  if (aggregation === 'count') return undefined;
  const unit = UNITS.find(([end]) => end.test(metric))?.[1];
  if (aggregation !== 'rate') return unit;
  return unit === undefined ? '/s' : `${unit}/s`;
}
