import { aligned, type ChartPoint, type ChartSeries, type Columns } from './series.js';

/** A line of a chart: what it is of which series. */
export interface Line {
  /** Which series, by its place among all of them, which is its colour. */
  readonly of: number;
  readonly is: 'value' | 'previous' | 'lower' | 'upper' | 'expected';
}

export interface Lines extends Columns {
  readonly lines: readonly Line[];
}

/** Bands of more series than these cover one another. */
const MOST_BANDS = 5;

/** Everything that is drawn of the series that are shown. @param shown names; null for all */
export function linesOf(series: readonly ChartSeries[], shown: readonly string[] | null): Lines {
  const lines: Line[] = [];
  const lists: (readonly ChartPoint[])[] = [];
  const add = (line: Line, points: readonly ChartPoint[]) => {
    lines.push(line);
    lists.push(points);
  };
  const names = shown === null ? null : new Set(shown);
  const visible = series.flatMap((one, of) => (names?.has(one.name) === false ? [] : [{ one, of }]));
  for (const { one, of } of visible.slice(0, MOST_BANDS)) {
    const { band } = one;
    if (band === undefined || band.length === 0) continue;
    add(
      { of, is: 'upper' },
      band.map(({ time, upper }): ChartPoint => [time, upper]),
    );
    add(
      { of, is: 'lower' },
      band.map(({ time, lower }): ChartPoint => [time, lower]),
    );
    add(
      { of, is: 'expected' },
      band.map(({ time, expected }): ChartPoint => [time, expected]),
    );
  }
  for (const { one, of } of visible) {
    if (one.previous !== undefined) add({ of, is: 'previous' }, one.previous);
    add({ of, is: 'value' }, one.points);
  }
  return { lines, ...aligned(lists) };
}

/** The same for the same lines: what is drawn with stays while only the figures change. */
export const keyOf = (lines: readonly Line[]): string => lines.map(({ of, is }) => `${of}${is}`).join(' ');

/** Whether there is anything to see. */
export const hasValues = ({ rows }: Columns): boolean =>
  rows.some((row) => row.some((value) => value !== null && value !== undefined));
