import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { messageOf, TactusError } from '../../core/errors.js';
import { packageRoot } from '../../files/package-root.js';
import { sqlState } from './errors.js';
import { inTransaction, type Pool } from './pool.js';

const FOLDER = join(packageRoot(), 'schemas', 'sql');

/** Key of the advisory lock, unique in this database ("tactus" on a keypad). */
const LOCK = 822_887;

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * The longest that a migration waits for a lock. While it does, everybody who comes after it to that table waits too: rather
 * than wait for a long query to end it gives up, lets them pass, and is tried again.
 */
const LOCK_TIMEOUT_MS = 1_000;

export interface MigrateOptions {
  /** Called with the name of each migration when it is applied for good. */
  readonly applied?: (name: string) => void;
  /** Instead of `schemas/sql`. */
  readonly folder?: string;
  /** Applies no more than these; all by default. */
  readonly most?: number;
}

/**
 * Applies the migrations in `schemas/sql` to the schema `tactus`, forward only; idempotent, also when run
 * concurrently, and when it has failed in between. A database that a later build has migrated is left as it is.
 *
 * Each migration runs in a transaction of its own, so that a table that one of them has locked is free again before the next
 * one begins, and takes an advisory lock first. On a server the lock makes a second run wait; through the embedded bridge,
 * where all clients share one session and the lock excludes nobody, the open transaction does. A migration thus must not
 * contain statements that refuse a transaction block (continuous aggregates are created WITH NO DATA).
 *
 * @returns names of the applied migrations, oldest first
 * @throws TactusError `TACTUS_DATABASE_UNAVAILABLE` (retriable, also for a table that is locked by others),
 *   `TACTUS_PREREQUISITE_MISSING` without TimescaleDB, `TACTUS_INVARIANT` for a wrong migration
 */
export async function migrate(pool: Pool, options: MigrateOptions = {}): Promise<string[]> {
  const { most = Number.POSITIVE_INFINITY } = options;
  const names: string[] = [];
  while (names.length < most) {
    const name = await applyNext(pool, options.folder ?? FOLDER);
    if (name === undefined) break;
    names.push(name);
    options.applied?.(name);
  }
  return names;
}

async function applyNext(pool: Pool, folder: string): Promise<string | undefined> {
  const applied = await inTransaction(pool, 'migrating the database', async (client) => {
    // Another run may take longer than locks of tables are waited for.
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    try {
      return await runner({
        dbClient: client,
        dir: folder,
        direction: 'up',
        count: 1,
        migrationsSchema: 'tactus',
        createMigrationsSchema: true,
        migrationsTable: 'migrations',
        noLock: true,
        // The transaction is already open: the runner's own BEGIN only causes a notice.
        singleTransaction: true,
        logger: QUIET,
      });
    } catch (error) {
      throw withoutTimescale(error) ?? error;
    }
  });
  return applied[0]?.name;
}

/** A helpful error for a server without TimescaleDB, or without its licensed part; null for any other error. */
function withoutTimescale(error: unknown): TactusError | null {
  const missing = ['0A000', '58P01'].includes(sqlState(error) ?? '');
  if (!missing && !/shared_preload_libraries/.test(messageOf(error))) return null;
  return new TactusError(
    'TACTUS_PREREQUISITE_MISSING',
    `the database lacks what Tactus needs (${messageOf(error)}): use a server with TimescaleDB 2.15 or later, Community Edition`,
    { cause: error },
  );
}
