import { messageOf, TactusError } from '../../core/errors.js';

/**
 * Whose fault a failed statement is.
 *
 * - `server`: the connection, the server's state or its load; the same statement works later.
 * - `schema`: a table or column is not there yet, because the migrations have not run.
 * - `data`: a value in the statement; it fails each time as long as that value is in it.
 * - `size`: the statement is too large for the server as it is; a smaller one may work.
 * - `bug`: the statement itself is wrong.
 */
export type DatabaseFault = 'server' | 'schema' | 'data' | 'size' | 'bug';

/**
 * SQLSTATE classes by fault (PostgreSQL's appendix A). XX is an internal error: seen while a server
 * goes down, and nothing that a changed statement would mend. 3D and 28 (no such database, not let
 * in) are mended on the server as often as here, so they are waited for, and the wait says why; so is
 * 0A, which TimescaleDB's tables answer when its library is not loaded or not licensed.
 */
const BY_CLASS: Readonly<Record<string, DatabaseFault>> = {
  '08': 'server',
  '0A': 'server',
  '22': 'data',
  '23': 'data',
  '25': 'server',
  '28': 'server',
  '3D': 'server',
  '40': 'server',
  '53': 'server',
  '54': 'size',
  '55': 'server',
  '57': 'server',
  '58': 'server',
  XX: 'server',
};

const BY_CODE: Readonly<Record<string, DatabaseFault>> = {
  '3F000': 'schema', // no such schema
  '25001': 'bug', // not inside a transaction block
  '42P01': 'schema', // no such table
  '42703': 'schema', // no such column: a version of the schema before this one
  '42883': 'schema', // no such function: those of TimescaleDB come with the first migration
  '42501': 'server', // not permitted: mended by a GRANT
  '53400': 'size', // more compressed rows to unpack than one statement may
  '53200': 'size', // out of memory, or of locks when one statement touches very many chunks
};

/** Class of anything that `pg` throws; errors without an SQLSTATE come from the connection. */
export function databaseFault(error: unknown): DatabaseFault {
  const code = sqlState(error);
  if (code === null) return 'server';
  return BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 'bug';
}

/** True when the server took longer over a statement than the pool waits; `pg` has only words for it. */
export function timedOut(error: unknown): boolean {
  return error instanceof Error && /^Query read timeout/.test(error.message);
}

/** The five-character SQLSTATE of an error that the server sent; null for any other. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object)
    ? code
    : null;
}

/**
 * The error as the rest of Tactus knows it: `TACTUS_DATABASE_UNAVAILABLE` (retriable) for what is
 * waited for, `TACTUS_INVARIANT` for what no waiting mends.
 *
 * @param doing what was being done, in words: "storing metric_points"
 */
export function databaseError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  const code = sqlState(error);
  const reason = `${doing}: ${messageOf(error)}${code === null ? '' : ` (SQLSTATE ${code})`}`;
  switch (databaseFault(error)) {
    case 'schema':
      return new TactusError(
        'TACTUS_DATABASE_UNAVAILABLE',
        `${reason}; the schema is not there yet: \`tactus db migrate\` or the batch worker sets it up`,
        { cause: error },
      );
    case 'server':
    case 'size':
      return new TactusError('TACTUS_DATABASE_UNAVAILABLE', reason, { cause: error });
    default:
      return new TactusError('TACTUS_INVARIANT', reason, { cause: error });
  }
}
