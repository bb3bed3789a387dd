import type { Span } from '../time/range.js';

/*
 * What charts show. Times are in ms since the epoch.
 */

/** Null where a step has no points. */
export type ChartPoint = readonly [time: number, value: number | null];

export interface ChartSeries {
  /** Distinct in a chart. */
  readonly name: string;
  readonly points: readonly ChartPoint[];
  /** Of a period before, at the times of this one. */
  readonly previous?: readonly ChartPoint[];
  /** What was expected. */
  readonly band?: readonly BandStep[];
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

/** The times of all series in one, and for each series its values at them, which is what is drawn. */
export function aligned(lists: readonly (readonly ChartPoint[])[]): {
  readonly times: number[];
  readonly values: (number | null)[][];
} {
  const times = [...new Set(lists.flatMap((points) => points.map(([time]) => time)))].sort((a, b) => a - b);
  const at = new Map(times.map((time, index) => [time, index]));
  const values = lists.map((points) => {
    const row: (number | null)[] = times.map(() => null);
    for (const [time, value] of points) row[at.get(time) as number] = value;
    return row;
  });
  return { times, values };
}
