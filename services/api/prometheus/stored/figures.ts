import type { Use } from '../promql/model/series-source.js';

/** What is read of a bucket of a roll-up. */
export interface Figure {
  /** Over the columns of a roll-up; null where it is not known. */
  readonly sql: string;
  /** Where its bucket stands for it: at its end, or in its middle. */
  readonly at: 'end' | 'middle';
  /** What it is, in words. */
  readonly what: string;
  /** How many buckets a range has to have at least. */
  readonly fewest: number;
  /** Whether it is of counters: then it is in a table beside the roll-up. */
  readonly isIncrease: boolean;
  /** Of two buckets of one time, since tags with an empty value are the same as none. */
  readonly both: (a: Weighted, b: Weighted) => number;
}

/** A value, and how many points it is of. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

const added = (a: Weighted, b: Weighted) => a.value + b.value;

const figure = (sql: string, what: string, more: Partial<Figure> = {}): Figure => ({
  ...{ sql, what, at: 'end', fewest: 1, isIncrease: false, both: added },
  ...more,
});

const mean = figure('sum / count', 'the mean of its points', {
  both: (a, b) => (a.value * a.weight + b.value * b.weight) / (a.weight + b.weight),
});
/** For a line through them. */
const inTheMiddle: Figure = { ...mean, at: 'middle', fewest: 10 };
const sum = figure('sum', 'the sum of its points');
const count = figure('count::float8', 'the number of its points');
const increase = figure('increase', 'what the counter went up by', { isIncrease: true });

/** What stands for the points of a bucket, by what is made of them; nothing does for what is not here. */
export const FIGURES: Readonly<Record<Use, Figure>> = {
  last: mean,
  last_over_time: mean,
  deriv: inTheMiddle,
  predict_linear: inTheMiddle,
  avg_over_time: sum,
  sum_over_time: sum,
  count_over_time: count,
  present_over_time: count,
  absent_over_time: count,
  min_over_time: figure('min', 'the least of its points', { both: (a, b) => Math.min(a.value, b.value) }),
  max_over_time: figure('max', 'the greatest of its points', { both: (a, b) => Math.max(a.value, b.value) }),
  increase,
  rate: increase,
};
