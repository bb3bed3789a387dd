import { databaseError, databaseFault, sqlState } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { Refusal } from '../../../shared/core/stage.js';
import { insertParameters } from './statement.js';
import type { Table } from './tables.js';

/** A value and the index of its record in the batch that it came with. */
export interface Indexed<T> {
  readonly index: number;
  readonly value: T;
}

/** What became of the rows: every row is in exactly one of the three. */
export interface Written {
  /** Rows added or replaced. */
  stored: number;
  /** Rows that were there already, or newer, or came twice. */
  unchanged: number;
  /** Rows that the database refuses because of what is in them. */
  refusals: Refusal[];
}

/**
 * Stores `rows` in statements of at most `maxRows`, each a transaction of its own. A statement that
 * fails because of its data or its size is cut in half until the halves go through or a single row
 * is left: n rows with k bad ones take some k log2(n) statements more, and the good ones are stored.
 *
 * @throws TactusError when the server or the schema is at fault. What is stored then stays; storing
 *   all of it again changes nothing.
 */
export async function writeRows<T>(
  pool: Pool,
  table: Table<T>,
  rows: readonly Indexed<T>[],
  maxRows: number,
): Promise<Written> {
  const written: Written = { stored: 0, unchanged: 0, refusals: [] };
  for (let from = 0; from < rows.length; from += maxRows) await writePiece(rows.slice(from, from + maxRows));
  written.refusals.sort((a, b) => a.index - b.index);
  return written;

  async function writePiece(piece: readonly Indexed<T>[]): Promise<void> {
    try {
      const parameters = insertParameters(table.columns, onePerKey(table, piece));
      const result = await pool.query<{ stored: number }>(table.statement, parameters);
      const stored = result.rows[0]?.stored ?? 0;
      written.stored += stored;
      written.unchanged += piece.length - stored;
    } catch (error) {
      const fault = databaseFault(error);
      const [only] = piece;
      const splittable = fault === 'data' || fault === 'size';
      if (only === undefined || !splittable) throw databaseError(error, `storing ${table.table}`);
      if (piece.length > 1) {
        const middle = piece.length >> 1;
        await writePiece(piece.slice(0, middle));
        await writePiece(piece.slice(middle));
        return;
      }
      // A single row that the server has no room for now is waited for, like the server.
      if (sqlState(error)?.startsWith('53')) throw databaseError(error, `storing ${table.table}`);
      written.refusals.push(refusal(table, only, error));
    }
  }
}

/** One value per key, the one that stays: ON CONFLICT cannot meet the same row twice in one statement. */
export function onePerKey<T>(table: Pick<Table<T>, 'key' | 'replaces'>, rows: readonly Indexed<T>[]): T[] {
  const kept = new Map<string, T>();
  for (const { value } of rows) {
    const key = table.key(value);
    const earlier = kept.get(key);
    if (earlier === undefined || table.replaces(value, earlier)) kept.set(key, value);
  }
  return [...kept.values()];
}

function refusal<T>(table: Table<T>, { index, value }: Indexed<T>, error: unknown): Refusal {
  const column = (error as { column?: string }).column ?? suspect(table, value);
  const field = column === undefined ? table.table : `${table.table}.${column}`;
  return {
    index,
    code: 'TACTUS_ROW_REFUSED',
    message: `${field}: ${messageOf(error)} (SQLSTATE ${sqlState(error)})`,
  };
}

/** Greatest and least time that PostgreSQL has, in milliseconds since the epoch. */
const LATEST_MS = 9_224_318_016_000_000;
const EARLIEST_MS = -210_866_803_200_000;

/** Largest text that an index entry can surely hold. */
const INDEXED_BYTES = 2_600;

/** The first column with something that PostgreSQL is known not to take: its errors rarely name one. */
function suspect<T>(table: Table<T>, value: T): string | undefined {
  return table.columns.find(({ name, transport, of }) => {
    const cell = of(value);
    if (transport === 'text' && typeof cell === 'string')
      return (
        cell.includes('\0') || (table.conflict.includes(name) && Buffer.byteLength(cell) > INDEXED_BYTES)
      );
    if (transport === 'json' && typeof cell === 'string') return cell.includes('\\u0000');
    if (transport === 'time' && typeof cell === 'number') return cell > LATEST_MS || cell < EARLIEST_MS;
    return false;
  })?.name;
}
