import type { Span } from '../time/moment.js';
import type { ChartPoint, ChartSeries } from './series.js';

/** How often values of a height came at a time. */
export interface Heat extends Span {
  readonly columns: number;
  readonly rows: number;
  readonly low: number;
  readonly high: number;
  /** By column and row, the lowest row first. */
  readonly counts: Uint32Array;
  readonly most: number;
}

/** Part of a heatmap. */
export interface Box extends Span {
  /** Inclusive. */
  readonly low: number;
  /** Inclusive. */
  readonly high: number;
}

/** A cell, from the left and from below. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/** Counts values; null without any. */
export function heatOf(
  series: readonly ChartSeries[],
  { start, end }: Span,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Heat | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const each = (run: (time: number, value: number) => void) => {
    for (const { points } of series)
      for (const [time, value] of points) if (value !== null && time >= start && time < end) run(time, value);
  };
  each((_, value) => {
    low = Math.min(low, value);
    high = Math.max(high, value);
  });
  if (low > high) return null;
  const counts = new Uint32Array(columns * rows);
  const empty = { start, end, columns, rows, low, high, counts, most: 0 };
  let most = 0;
  each((time, value) => {
    const { column, row } = cellOf(empty, time, value);
    const at = column * rows + row;
    counts[at] = (counts[at] as number) + 1;
    most = Math.max(most, counts[at] as number);
  });
  return { ...empty, most };
}

/** The cell that a value is in. */
export function cellOf({ start, end, columns, rows, low, high }: Heat, time: number, value: number): Cell {
  const part = (at: number, from: number, to: number, of: number) =>
    to === from ? 0 : Math.max(0, Math.min(of - 1, Math.floor(((at - from) / (to - from)) * of)));
  return { column: part(time, start, end, columns), row: part(value, low, high, rows) };
}

/** What two cells and all between them hold. */
export function boxOf({ start, end, columns, rows, low, high }: Heat, a: Cell, b: Cell): Box {
  const time = (column: number) => start + ((end - start) * column) / columns;
  const value = (row: number) => low + ((high - low) * row) / rows;
  return {
    start: time(Math.min(a.column, b.column)),
    end: time(Math.max(a.column, b.column) + 1),
    low: value(Math.min(a.row, b.row)),
    high: value(Math.max(a.row, b.row) + 1),
  };
}

export const isInBox = ([time, value]: ChartPoint, { start, end, low, high }: Box): boolean =>
  value !== null && time >= start && time < end && value >= low && value <= high;

/** How much of what is in a box, and of what is not, has a tag. */
export interface Difference {
  readonly name: string;
  readonly value: string;
  /** Shares, 0..1. */
  readonly inside: number;
  readonly outside: number;
}

/** By which tags the values in a box differ from all others, those that differ most first. */
export function differencesOf(series: readonly ChartSeries[], span: Span, box: Box): Difference[] {
  const counts = new Map<string, { name: string; value: string; inside: number; outside: number }>();
  let [inside, outside] = [0, 0];
  for (const { points, tags = {} } of series) {
    const all = points.filter(([time, value]) => value !== null && time >= span.start && time < span.end);
    const own = all.filter((point) => isInBox(point, box)).length;
    inside += own;
    outside += all.length - own;
    for (const [name, value] of Object.entries(tags)) {
      const key = JSON.stringify([name, value]);
      const of = counts.get(key) ?? { name, value, inside: 0, outside: 0 };
      counts.set(key, { ...of, inside: of.inside + own, outside: of.outside + all.length - own });
    }
  }
  const share = (part: number, of: number) => (of === 0 ? 0 : part / of);
  return [...counts.values()]
    .map((of) => ({ ...of, inside: share(of.inside, inside), outside: share(of.outside, outside) }))
    .filter((of) => of.inside !== of.outside)
    .sort((a, b) => Math.abs(b.inside - b.outside) - Math.abs(a.inside - a.outside));
}
