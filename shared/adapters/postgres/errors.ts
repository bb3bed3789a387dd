import { messageOf, TactusError } from '../../core/errors.js';
import { tlsProblem } from '../security/tls-problem.js';

/** Begins the variables of what the database is reached with, but for its address. */
const VARIABLES = 'TACTUS_DATABASE';

/**
 * Why a statement failed.
 *
 * - `server`: the connection, the server's state or its load; the same statement works later.
 * - `schema`: a table or column is missing, because the migrations have not run.
 * - `data`: a value in the statement; it fails as long as it contains that value.
 * - `size`: the statement is too large for the server's limits; a smaller one may work.
 * - `bug`: the statement itself is wrong.
 */
export type DatabaseFault = 'server' | 'schema' | 'data' | 'size' | 'bug';

/**
 * SQLSTATE classes by fault (PostgreSQL's appendix A). XX is an internal error, seen while a server shuts
 * down. 3D and 28 (no such database, authentication failed) may be fixed on the server, so they are
 * retried; so is 0A, which tables of TimescaleDB cause when its library is not loaded or not licensed.
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
  '42703': 'schema', // no such column: an older version of the schema
  '42883': 'schema', // no such function: the first migration creates those of TimescaleDB
  '42501': 'server', // not permitted: fixed by a GRANT
  '53400': 'size', // more compressed rows to decompress than a statement may
  '53200': 'size', // out of memory, or of locks when one statement touches very many chunks
};

/** The fault of any error of `pg`; errors without an SQLSTATE are those of the connection. */
export function databaseFault(error: unknown): DatabaseFault {
  const code = sqlState(error);
  if (code === null) return 'server';
  return BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 'bug';
}

/** True for an error, of `pg` or as a {@link databaseError}, that comes again as long as the statement has the same data. */
export function failedByData(error: unknown): boolean {
  return databaseFault(error instanceof TactusError ? error.cause : error) === 'data';
}

/** True when a statement exceeded the pool's time-out; `pg` gives such errors no code. */
export function timedOut(error: unknown): boolean {
  return error instanceof Error && /^Query read timeout/.test(error.message);
}

/** The SQLSTATE of an error that the server sent; null for any other error. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object)
    ? code
    : null;
}

/** Why the database does not let this process in, or do what it wants; null for any other error. */
function accessRefused(error: unknown, code: string | null): string | null {
  const tls = tlsProblem(error, VARIABLES);
  if (tls !== null) return `the database: ${tls}`;
  const message = messageOf(error);
  if (/server does not support SSL/.test(message))
    return `the database does not speak TLS: have it do so, or leave ${VARIABLES}_TLS… and sslmode out`;
  if (code?.startsWith('28'))
    return `the database refuses the login (${message}, SQLSTATE ${code}): correct DATABASE_URL, ${VARIABLES}_PASSWORD or ${VARIABLES}_TLS…`;
  if (code === '42501')
    return `the database does not permit it (${message}, SQLSTATE ${code}): grant it to the user of DATABASE_URL`;
  return null;
}

/**
 * The error as a TactusError: `TACTUS_DATABASE_UNAVAILABLE` or `TACTUS_ACCESS_REFUSED`, which are retriable, or
 * `TACTUS_INVARIANT`.
 *
 * @param doing the failed operation in words: "storing metric_points"
 */
export function databaseError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  const code = sqlState(error);
  const refused = accessRefused(error, code);
  if (refused !== null)
    return new TactusError('TACTUS_ACCESS_REFUSED', `${doing}: ${refused}`, { cause: error });
  const reason = `${doing}: ${messageOf(error)}${code === null ? '' : ` (SQLSTATE ${code})`}`;
  switch (databaseFault(error)) {
    case 'schema':
      return new TactusError(
        'TACTUS_DATABASE_UNAVAILABLE',
        `${reason}; the schema is missing: \`tactus db migrate\` or the batch worker creates it`,
        { cause: error },
      );
    case 'server':
    case 'size':
      return new TactusError('TACTUS_DATABASE_UNAVAILABLE', reason, { cause: error });
    default:
      return new TactusError('TACTUS_INVARIANT', reason, { cause: error });
  }
}
