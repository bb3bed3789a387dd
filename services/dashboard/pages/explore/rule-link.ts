import type { QueryChanges } from '../../address/query.js';
import type { Aggregation } from '../../api/vocabulary.js';
import type { ChartSeries } from '../../charts/series.js';

/** What a window has for an aggregation, as rules name it. */
const OF_WINDOW: Partial<Record<Aggregation, string>> = {
  ...{ avg: 'mean', min: 'min', max: 'max', sum: 'sum', count: 'count', increase: 'increase', rate: 'rate' },
  ...{ p50: 'quantiles["0.5"]', p95: 'quantiles["0.95"]', p99: 'quantiles["0.99"]' },
};

/** A new rule for what a chart shows: beyond the threshold, on the side where the figures mostly are not. */
export function newRule(
  { metric, aggregation }: { readonly metric: string; readonly aggregation: Aggregation },
  threshold: number,
  series: readonly ChartSeries[],
): QueryChanges {
  const values = series.flatMap(({ points }) =>
    points.flatMap(([, value]) => (value === null ? [] : [value])),
  );
  const below = values.filter((value) => value < threshold).length;
  const sign = below * 2 >= values.length ? '>' : '<';
  return { metric, expr: `${OF_WINDOW[aggregation] ?? 'mean'} ${sign} ${numberText(threshold)}` };
}

/** CEL compares figures with a number that has a point. */
function numberText(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Where a line stands at first: above nearly everything that is shown. */
export function firstThreshold(series: readonly ChartSeries[]): number {
  const values = series
    .flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])))
    .sort((a, b) => a - b);
  const high = values[Math.floor(values.length * 0.98)] ?? 0;
  return Number(high.toPrecision(3));
}
