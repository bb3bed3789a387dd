import { databaseError, databaseFault, sqlState } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { Written } from '../framework/batch-handler.js';
import type { Row } from '../framework/decode.js';
import { isolateRefused } from '../framework/isolate-refused.js';
import { insertParameters } from './insert-statement.js';
import type { Table } from './tables.js';

/**
 * Stores `rows` in statements of at most `maxRows`, each a transaction of its own. A statement that fails
 * because of its data or its size is repeated in halves, to refuse the rows at fault and store the others.
 *
 * @throws TactusError when the server or the schema is at fault. Rows may then be stored in part, and
 *   storing all of them again is idempotent.
 */
export async function writeRows<T>(
  pool: Pool,
  table: Table<T>,
  rows: readonly Row<T>[],
  maxRows: number,
): Promise<Written> {
  const written = { stored: 0, unchanged: 0, refusals: [] as Refusal[] };
  for (let from = 0; from < rows.length; from += maxRows)
    await isolateRefused(rows.slice(from, from + maxRows), execute, (row, error) => {
      // The server has no room for a single row now: a server problem, to be retried.
      if (sqlState(error)?.startsWith('53')) throw databaseError(error, `storing ${table.table}`);
      written.refusals.push(refusal(table, row, error));
    });
  written.refusals.sort((a, b) => a.index - b.index);
  return written;

  async function execute(some: readonly Row<T>[]): Promise<Error | null> {
    try {
      const parameters = insertParameters(table.columns, onePerKey(table, some));
      const result = await pool.query<{ stored: number }>(table.statement, parameters);
      const stored = result.rows[0]?.stored ?? 0;
      written.stored += stored;
      written.unchanged += some.length - stored;
      return null;
    } catch (error) {
      const fault = databaseFault(error);
      if (fault !== 'data' && fault !== 'size') throw databaseError(error, `storing ${table.table}`);
      return error as Error;
    }
  }
}

/** The value to keep of each key: ON CONFLICT must not affect a row twice in one statement. */
export function onePerKey<T>(table: Pick<Table<T>, 'key' | 'replaces'>, rows: readonly Row<T>[]): T[] {
  const kept = new Map<string, T>();
  for (const { value } of rows) {
    const key = table.key(value);
    const earlier = kept.get(key);
    if (earlier === undefined || table.replaces(value, earlier)) kept.set(key, value);
  }
  return [...kept.values()];
}

function refusal<T>(table: Table<T>, { index, value }: Row<T>, error: unknown): Refusal {
  const column = (error as { column?: string }).column ?? rejectedColumn(table, value);
  const field = column === undefined ? table.table : `${table.table}.${column}`;
  return {
    index,
    code: 'TACTUS_ROW_REFUSED',
    message: `${field}: ${messageOf(error)} (SQLSTATE ${sqlState(error)})`,
  };
}

/** PostgreSQL's range of times, in milliseconds since the epoch. */
const LATEST_MS = 9_224_318_016_000_000;
const EARLIEST_MS = -210_866_803_200_000;

/** Texts up to this size fit into an index entry. */
const MAX_INDEXED_BYTES = 2_600;

/** NUL as JSON has it: behind one more backslash it is a backslash, and then a text. */
const NUL_IN_JSON = /(?<!\\)(?:\\\\)*\\u0000/;

/** The first column with a value that PostgreSQL is known to reject: its errors rarely name the column. */
function rejectedColumn<T>(table: Table<T>, value: T): string | undefined {
  return table.columns.find(({ name, type, of }) => {
    const cell = of(value);
    if (type === 'text' && typeof cell === 'string')
      return (
        cell.includes('\0') || (table.conflict.includes(name) && Buffer.byteLength(cell) > MAX_INDEXED_BYTES)
      );
    if (type === 'json' && typeof cell === 'string') return NUL_IN_JSON.test(cell);
    if (type === 'time' && typeof cell === 'number') return cell > LATEST_MS || cell < EARLIEST_MS;
    return false;
  })?.name;
}
