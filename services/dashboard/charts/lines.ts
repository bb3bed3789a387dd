import type { ChartPoint, ChartSeries } from './series.js';

/** A line of a chart: what it is of which series. */
export interface Line {
  /** Which series, by its place among all of them, which is its colour. */
  readonly of: number;
  readonly is: 'value' | 'previous' | 'lower' | 'upper' | 'expected';
}

export interface Lines {
  readonly lines: readonly Line[];
  /** Of each line. */
  readonly points: readonly (readonly ChartPoint[])[];
}

/** Bands of more series than these cover one another. */
const MOST_BANDS = 5;

/** Everything that is drawn of the series that are shown. @param shown names; null for all */
export function linesOf(series: readonly ChartSeries[], shown: readonly string[] | null): Lines {
  const lines: Line[] = [];
  const points: (readonly ChartPoint[])[] = [];
  const add = (line: Line, of: readonly ChartPoint[]) => {
    lines.push(line);
    points.push(of);
  };
  const names = shown === null ? null : new Set(shown);
  const visible = series.flatMap((one, of) => (names?.has(one.name) === false ? [] : [{ one, of }]));
  for (const { one, of } of visible.slice(0, MOST_BANDS)) {
    const { band } = one;
    if (band === undefined || band.length === 0) continue;
    const course = (is: 'upper' | 'lower' | 'expected') =>
      add(
        { of, is },
        band.map((step): ChartPoint => [step.time, step[is]]),
      );
    course('upper');
    course('lower');
    course('expected');
  }
  for (const { one, of } of visible) {
    if (one.previous !== undefined) add({ of, is: 'previous' }, one.previous);
    add({ of, is: 'value' }, one.points);
  }
  return { lines, points };
}

/** The same for the same lines: what is drawn with stays while only the figures change. */
export const keyOf = ({ lines }: Lines): string => lines.map(({ of, is }) => `${of}${is}`).join(' ');

/** Whether there is anything to see. */
export const hasValues = ({ points }: Lines): boolean =>
  points.some((of) => of.some(([, value]) => value !== null));
