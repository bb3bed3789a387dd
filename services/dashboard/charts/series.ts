import type { Span } from '../time/moment.js';

/*
 * What charts show. Times are in ms since the epoch.
 */

/** Null where a step has no points. */
export type ChartPoint = readonly [time: number, value: number | null];

export interface ChartSeries {
  /** Distinct in a chart. */
  readonly name: string;
  /** In order of time. */
  readonly points: readonly ChartPoint[];
  /** Of a period before, at the times of this one. */
  readonly previous?: readonly ChartPoint[];
  /** What was expected. */
  readonly band?: readonly BandStep[];
  /** The legend groups by them. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface BandStep {
  readonly time: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** Something that happened, drawn over the time that it took. */
export interface ChartMark extends Span {
  readonly id: string;
  readonly kind: 'anomaly' | 'alert' | 'late' | 'corrected';
  readonly text: string;
  readonly severity: string;
  /** Of an anomaly, drawn at this height; at the edge without it. */
  readonly value?: number;
}

/** Points as the API has them. */
export const chartPoints = (
  points: readonly (readonly [number | null, number | null])[],
): readonly ChartPoint[] => (points.every(isPoint) ? points : points.filter(isPoint));

const isPoint = (point: readonly [number | null, number | null]): point is ChartPoint => point[0] !== null;

/** Undefined where a series has nothing at a time that another one has: its line goes on. Null is a gap. */
export type Row = (number | null | undefined)[];

export interface Columns {
  /** Of all series, in order. */
  readonly times: Float64Array;
  /** The values of each series at them. */
  readonly rows: readonly Row[];
}

/** The times of all series in one, and for each series its values at them. */
export function aligned(lists: readonly (readonly ChartPoint[])[]): Columns {
  const times = timesOf(lists);
  const rows = lists.map((points) => {
    const row: Row = new Array(times.length).fill(undefined);
    let at = 0;
    for (const [time, value] of points) {
      while (at < times.length && times[at] !== time) at += 1;
      row[at] = value;
    }
    return row;
  });
  return { times, rows };
}

/** Points of series with times of their own, from which on they are drawn on a grid. */
const MOST_EXACT = 5_000;
/** Columns of that grid: about as many as a chart has pixels, fewer where many series cover each other anyway. */
const GRID = { least: 500, most: 1_500 };
/** Of all series. */
const CELLS = 120_000;

/** {@link aligned} for drawing: where many series have times of their own, each stands in the nearest of a chart's columns. */
export function alignedIn(lists: readonly (readonly ChartPoint[])[], { start, end }: Span): Columns {
  const [first = []] = lists;
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  if (total <= MOST_EXACT || lists.every((points) => haveSameTimes(points, first))) return aligned(lists);
  const columns = Math.max(GRID.least, Math.min(GRID.most, Math.floor(CELLS / lists.length)));
  const step = (end - start) / columns;
  const times = Float64Array.from({ length: columns + 1 }, (_, i) => start + i * step);
  const rows = lists.map((points) => {
    const row: Row = new Array(columns + 1).fill(undefined);
    for (const [time, value] of points) {
      const at = Math.round((time - start) / step);
      if (at < 0 || at > columns) continue;
      // A gap does not take the place of a value.
      if (value !== null || row[at] === undefined) row[at] = value;
    }
    return row;
  });
  return { times, rows };
}

function timesOf(lists: readonly (readonly ChartPoint[])[]): Float64Array {
  const [first = []] = lists;
  // Series of one answer have the same steps.
  if (lists.every((points) => haveSameTimes(points, first)))
    return Float64Array.from(first, ([time]) => time);
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const points of lists)
    for (const [time] of points) {
      all[at] = time;
      at += 1;
    }
  all.sort();
  return all.filter((time, i) => i === 0 || time !== all[i - 1]);
}

const haveSameTimes = (a: readonly ChartPoint[], b: readonly ChartPoint[]): boolean =>
  a === b || (a.length === b.length && a.every(([time], i) => time === b[i]?.[0]));

/** Where values stand alone, so that no line shows them. */
export function isolatedOf(row: ArrayLike<number | null | undefined>): number[] {
  const isolated: number[] = [];
  let isBeforeThere = false;
  let alone = -1;
  for (let i = 0; i < row.length; i += 1) {
    const value = row[i];
    if (value === undefined) continue;
    if (value === null) {
      if (alone >= 0) isolated.push(alone);
      alone = -1;
      isBeforeThere = false;
    } else {
      alone = isBeforeThere ? -1 : i;
      isBeforeThere = true;
    }
  }
  if (alone >= 0) isolated.push(alone);
  return isolated;
}
