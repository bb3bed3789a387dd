import type { Span } from '../time/moment.js';
import { placeOf } from './readings.js';
import { aligned, type ChartSeries } from './series.js';

/** The figures of a chart as rows: a time, and what each series has at it. */
export interface Figures {
  readonly names: readonly string[];
  /** Newest first. */
  readonly rows: readonly { readonly time: number; readonly values: readonly (number | null)[] }[];
}

/** What of the series lies in a range. */
export function figuresOf(series: readonly ChartSeries[], span: Span): Figures {
  const { times, rows } = aligned(
    series.map(({ points }) => points.slice(placeOf(points, span.start), placeOf(points, span.end))),
  );
  return {
    names: series.map(({ name }) => name),
    rows: Array.from(times, (time, i) => ({ time, values: rows.map((row) => row[i] ?? null) })).reverse(),
  };
}

/** As a file of comma-separated values, oldest first, with all digits. */
export function csvOf({ names, rows }: Figures): string {
  const lines = [...rows]
    .reverse()
    .map(({ time, values }) =>
      [new Date(time).toISOString(), ...values.map((value) => value ?? '')].join(','),
    );
  return [['time', ...names].map(field).join(','), ...lines, ''].join('\r\n');
}

/** A name that begins like a formula is none in a spreadsheet. */
function field(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
