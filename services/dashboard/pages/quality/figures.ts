import type { Differing } from './causes.js';

type Figures = NonNullable<Differing['stream']>;

export interface FigureRow {
  readonly name: string;
  readonly stream: number | null;
  readonly expected: number | null;
  readonly stored: number | null;
  /** Whether the stream has another figure than it should. */
  readonly differs: boolean;
}

const NAMES = [
  'count',
  'sum',
  'min',
  'max',
  'mean',
  'stddev',
  'first',
  'last',
  'increase',
  'distinct',
] as const;

/** Figures of a window beside those of its points; those that nobody has are left out. */
export function figureRows({
  stream,
  expected,
  stored,
}: {
  readonly stream: Figures | null;
  readonly expected: Figures | null;
  readonly stored: Figures | null;
}): readonly FigureRow[] {
  return NAMES.map((name): FigureRow => {
    const [ours, right, all] = [stream?.[name] ?? null, expected?.[name] ?? null, stored?.[name] ?? null];
    return { name, stream: ours, expected: right, stored: all, differs: !isClose(ours, right) };
  }).filter(({ stream: a, expected: b, stored: c }) => a !== null || b !== null || c !== null);
}

/** Sums of the same values in another order. */
const TOLERANCE = 1e-9;

function isClose(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

const COLUMNS = ['window', 'start', 'end', 'metric', 'tags', 'cause', 'detail', 'stored', 'counted', 'late'];

/** Windows that differ, as a file of comma-separated values. */
export function differencesCsv(window: string, items: readonly Differing[]): string {
  const lines = items.map(({ start, end, metric, tags, cause, detail, ...points }) =>
    [
      ...[window, start, end ?? '', metric, JSON.stringify(tags), cause, detail],
      ...[points.storedPoints, points.countedPoints, points.latePoints],
    ]
      .map(cell)
      .join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

/** A spreadsheet computes what begins like a formula; a tenant may have named a series so. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number): string {
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
