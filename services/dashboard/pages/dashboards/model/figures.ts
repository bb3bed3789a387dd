import type { SeriesOverTime } from '../../../api/operations.js';
import type { Aggregation } from '../../../api/vocabulary.js';

/** What a series comes to in a range. */
export interface Figure {
  readonly value: number | null;
  /** Of the period before; null where there is none. */
  readonly previous: number | null;
  /** Whether it is of the whole range; else of its newest step. */
  readonly isOfRange: boolean;
}

type Points = SeriesOverTime['points'];

/** How steps come to one figure; what is in none of them, such as an average, is that of the newest step. */
const WHOLE: Partial<Readonly<Record<Aggregation, (values: readonly number[]) => number>>> = {
  sum: total,
  count: total,
  increase: total,
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
};

export function figureOf(
  series: Pick<SeriesOverTime, 'points' | 'previous'>,
  aggregation: Aggregation,
): Figure {
  const { points, previous = [] } = series;
  const whole = WHOLE[aggregation];
  if (whole !== undefined) {
    const of = (all: Points) => (valuesOf(all).length === 0 ? null : whole(valuesOf(all)));
    return { value: of(points), previous: of(previous), isOfRange: true };
  }
  const newest = points.findLast(([, value]) => value !== null);
  const time = newest?.[0] ?? null;
  const before = previous.findLast(
    ([at, value]) => value !== null && at !== null && time !== null && at <= time,
  );
  return { value: newest?.[1] ?? null, previous: before?.[1] ?? null, isOfRange: false };
}

/** Relative; null where it cannot be said. */
export function changeOf({ value, previous }: Figure): number | null {
  return value === null || previous === null || previous === 0
    ? null
    : (value - previous) / Math.abs(previous);
}

/** `+12.3 %`. */
export function changeText(change: number): string {
  const percent = change * 100;
  const digits = Math.abs(percent) < 100 ? 1 : 0;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(digits)} %`;
}

function valuesOf(points: Points): number[] {
  return points.flatMap(([, value]) => (value === null ? [] : [value]));
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
