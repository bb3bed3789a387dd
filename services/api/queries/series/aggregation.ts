import type { Source } from './plan.js';

/** What a bucket of points comes to. */
export const AGGREGATIONS = [
  ...(['avg', 'min', 'max', 'sum', 'count', 'increase', 'rate', 'p50', 'p90', 'p95', 'p99'] as const),
] as const;

export type Aggregation = (typeof AGGREGATIONS)[number];

interface Kind {
  /** Over rows of a roll-up or of windows. */
  readonly ofFigures: string;
  /** Of one such row; null where a step has several. */
  readonly ofRow: string | null;
  /** Over points; null where they do not have it. */
  readonly ofPoints: string | null;
  readonly sources: readonly Source[];
}

const ALL: readonly Source[] = ['raw', 'windows', '1m', '1h', '1d'];
/** What counters went up by is known of windows, and of what is made of them. */
const COUNTED: readonly Source[] = ['windows', '1m', '1h', '1d'];
/** Quantiles do not add up: they are those of the points. */
const POINTS: readonly Source[] = ['raw'];

const quantile = (q: number): Kind => ({
  ...{ ofFigures: '', ofRow: null },
  ofPoints: `percentile_cont(${q}) WITHIN GROUP (ORDER BY value)`,
  sources: POINTS,
});

export const KINDS: Readonly<Record<Aggregation, Kind>> = {
  avg: {
    ofFigures: 'sum(sum) / nullif(sum(count), 0)',
    ofRow: 'sum / nullif(count, 0)',
    ofPoints: 'avg(value)',
    sources: ALL,
  },
  min: { ofFigures: 'min(min)', ofRow: 'min', ofPoints: 'min(value)', sources: ALL },
  max: { ofFigures: 'max(max)', ofRow: 'max', ofPoints: 'max(value)', sources: ALL },
  sum: { ofFigures: 'sum(sum)', ofRow: 'sum', ofPoints: 'sum(value)', sources: ALL },
  count: {
    ofFigures: 'sum(count)::float8',
    ofRow: 'count::float8',
    ofPoints: 'count(*)::float8',
    sources: ALL,
  },
  increase: { ofFigures: 'sum(increase)', ofRow: null, ofPoints: null, sources: COUNTED },
  rate: { ofFigures: 'sum(increase)', ofRow: null, ofPoints: null, sources: COUNTED },
  p50: quantile(0.5),
  p90: quantile(0.9),
  p95: quantile(0.95),
  p99: quantile(0.99),
};

/** Whether it needs what counters went up by. */
export function isOfCounters(aggregation: Aggregation): boolean {
  return aggregation === 'increase' || aggregation === 'rate';
}
