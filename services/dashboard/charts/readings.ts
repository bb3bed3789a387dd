import type { ChartMark, ChartPoint, ChartSeries } from './series.js';

/** What a series has at a time. */
export interface Reading {
  /** Which series, by its place among all of them. */
  readonly of: number;
  readonly name: string;
  readonly value: number;
  readonly previous: number | null;
  readonly expected: number | null;
}

/** Where the first point at or behind a time is. */
export function placeOf(points: ArrayLike<ChartPoint>, time: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as ChartPoint)[0] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value nearest in time; null in a gap, or where there is none so near. */
export function valueAt(points: readonly ChartPoint[], time: number, within: number): number | null {
  const behind = placeOf(points, time);
  const [before, after] = [points[behind - 1], points[behind]];
  const nearest =
    before === undefined || (after !== undefined && after[0] - time < time - before[0]) ? after : before;
  return nearest === undefined || Math.abs(nearest[0] - time) > within ? null : nearest[1];
}

interface At {
  readonly time: number;
  /** How far away a value may be, in ms. */
  readonly within: number;
  /** Height of the cursor; the nearest are first. Without it the highest are. */
  readonly height: number | null;
}

/** What the series have at a time. @param shown names; null for all */
export function readingsAt(
  series: readonly ChartSeries[],
  shown: readonly string[] | null,
  { time, within, height }: At,
): Reading[] {
  const names = shown === null ? null : new Set(shown);
  const readings = series.flatMap((one, of): Reading[] => {
    const value = names?.has(one.name) === false ? null : valueAt(one.points, time, within);
    if (value === null) return [];
    const expected = (one.band ?? []).map((step): ChartPoint => [step.time, step.expected]);
    return [
      {
        ...{ of, name: one.name, value },
        previous: one.previous === undefined ? null : valueAt(one.previous, time, within),
        expected: valueAt(expected, time, within),
      },
    ];
  });
  const far = ({ value }: Reading) => (height === null ? -value : Math.abs(value - height));
  return readings.sort((a, b) => far(a) - far(b));
}

/** What happened at a time, or so near to it. */
export const marksAt = (marks: readonly ChartMark[], time: number, within: number): ChartMark[] =>
  marks.filter(({ start, end }) => start - within <= time && time <= end + within);

/** The time of a point so many steps away. @param times in order */
export function steppedFrom(times: ArrayLike<number>, time: number, steps: number): number | null {
  if (times.length === 0) return null;
  let nearest = 0;
  for (let i = 1; i < times.length; i += 1)
    if (Math.abs((times[i] as number) - time) < Math.abs((times[nearest] as number) - time)) nearest = i;
  return times[Math.max(0, Math.min(times.length - 1, nearest + steps))] as number;
}
