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
 * Applies the migrations in `schemas/sql` to the schema `tactus`, forward only; idempotent, also when run
 * concurrently.
 *
 * All migrations run in one transaction that takes an advisory lock first. On a server the lock makes a
 * second run wait; through the embedded bridge, where all clients share one session and the lock excludes
 * nobody, the open transaction does. A migration thus must not contain statements that refuse a transaction
 * block (continuous aggregates are created WITH NO DATA).
 *
 * @returns names of the applied migrations, oldest first
 * @throws TactusError `TACTUS_DATABASE_UNAVAILABLE` (retriable), `TACTUS_PREREQUISITE_MISSING`
 *   without TimescaleDB, `TACTUS_INVARIANT` for a wrong migration
 */
export async function migrate(pool: Pool): Promise<string[]> {
  const applied = await inTransaction(pool, 'migrating the database', async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    try {
      return await runner({
        dbClient: client,
        dir: FOLDER,
        direction: 'up',
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
  return applied.map(({ name }) => name);
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
