import type { Cell, Column, ColumnType } from '../rows/columns.js';

/** What happens when the table already has a row with the same key. */
type OnConflict =
  | { readonly keep: 'old' }
  /** The row is replaced if `when` holds; `old` and `excluded` name the two rows. */
  | { readonly keep: 'newer'; readonly when: string };

export interface TableShape<T> {
  readonly table: string;
  readonly columns: readonly Column<T>[];
  /** Columns of the unique index that makes writes idempotent. */
  readonly conflict: readonly string[];
  readonly onConflict: OnConflict;
  /** A column that the database computes from those of the row "r", in SQL. */
  readonly computed?: { readonly name: string; readonly sql: string };
  /** Time column whose minutes are marked for new rows in the same statement: see `tactus.dirty_ranges`. */
  readonly marksMinutesOf?: string;
}

const ARRAY: Readonly<Record<ColumnType, string>> = {
  text: 'text[]',
  number: 'float8[]',
  integer: 'bigint[]',
  time: 'float8[]',
  json: 'text[]',
  bytes: 'text[]',
};

/**
 * The statement that stores any number of rows, with one array per column as parameter. It is a transaction
 * of its own and returns `stored`, the number of rows added or replaced.
 *
 * Times are exact: `float8` holds milliseconds exactly and `to_timestamp` rounds to microseconds.
 */
export function insertStatement<T>(shape: TableShape<T>): string {
  const names = shape.columns.map(({ name }) => `"${name}"`).join(', ');
  const values = shape.columns.map(({ name, type }) => {
    if (type === 'time') return `to_timestamp(r."${name}" / 1000)`;
    if (type === 'bytes') return `decode(r."${name}", 'base64')`;
    return type === 'json' ? `r."${name}"::jsonb` : `r."${name}"`;
  });
  const arrays = shape.columns.map(({ type }, i) => `$${i + 1}::${ARRAY[type]}`);
  const marks = shape.marksMinutesOf;
  const { computed } = shape;
  const into = computed === undefined ? names : `${names}, "${computed.name}"`;
  if (computed !== undefined) values.push(computed.sql);
  return `
WITH stored AS (
  INSERT INTO tactus.${shape.table} AS old (${into})
  SELECT ${values.join(', ')}
  FROM unnest(${arrays.join(', ')}) AS r (${names})
  ON CONFLICT (${shape.conflict.map((name) => `"${name}"`).join(', ')}) ${conflictAction(shape)}
  RETURNING ${marks === undefined ? '1' : `"${marks}"`}
)${marks === undefined ? '' : `, marked AS (${markMinutes(marks)})`}
SELECT count(*)::int AS stored FROM stored`;
}

function conflictAction<T>({ columns, conflict, onConflict }: TableShape<T>): string {
  if (onConflict.keep === 'old') return 'DO NOTHING';
  const rest = columns.map(({ name }) => name).filter((name) => !conflict.includes(name));
  const list = (row: string) => rest.map((name) => `${row}."${name}"`).join(', ');
  return `DO UPDATE SET ${rest.map((name) => `"${name}" = excluded."${name}"`).join(', ')}
  WHERE ${onConflict.when} AND (${list('old')}) IS DISTINCT FROM (${list('excluded')})`;
}

/** Sorted, so that concurrent writers take their row locks in the same order. */
function markMinutes(time: string): string {
  return `
  INSERT INTO tactus.dirty_ranges (bucket, start)
  SELECT '1m', minute
  FROM (SELECT DISTINCT time_bucket(INTERVAL '1 minute', "${time}") AS minute FROM stored ORDER BY 1) AS minutes
  ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version, touched_at = excluded.touched_at
`;
}

/** The parameters of {@link insertStatement}: an array per column. */
export function insertParameters<T>(columns: readonly Column<T>[], values: readonly T[]): Cell[][] {
  return columns.map(({ of }) => values.map(of));
}
