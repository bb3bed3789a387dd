import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { messageOf, TactusError } from '../../core/errors.js';
import { packageRoot } from '../../files/package-root.js';
import { sqlState } from './errors.js';
import { inTransaction, type Pool } from './pool.js';

const FOLDER = join(packageRoot(), 'schemas', 'sql');

/** Any number that nobody else uses for an advisory lock in this database ("tactus" on a keypad). */
const LOCK = 822_887;

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Brings the schema `tactus` to the state of the files in `migrations/`, forward only; safe to
 * repeat and safe to run twice at once.
 *
 * All of it is one transaction that begins with a transaction-level advisory lock. On a server of
 * its own the lock makes a second run wait; through the embedded bridge, where all clients are one
 * session and an advisory lock shuts nobody out, the open transaction itself does. A migration may
 * thus hold nothing that refuses a transaction block (continuous aggregates are made WITH NO DATA).
 *
 * @returns names of the migrations that were applied, oldest first; empty when there was nothing to do
 * @throws TactusError `TACTUS_DATABASE_UNAVAILABLE` (retriable), `TACTUS_PREREQUISITE_MISSING`
 *   without TimescaleDB, `TACTUS_INVARIANT` for a migration that is wrong.
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
        // Inside the transaction that is open already: its own BEGIN is then a mere notice.
        singleTransaction: true,
        logger: QUIET,
      });
    } catch (error) {
      throw withoutTimescale(error) ?? error;
    }
  });
  return applied.map(({ name }) => name);
}

/** The error of a server that lacks TimescaleDB, or the licensed part of it, as one that says what to do. */
function withoutTimescale(error: unknown): TactusError | null {
  const missing = ['0A000', '58P01'].includes(sqlState(error) ?? '');
  if (!missing && !/shared_preload_libraries/.test(messageOf(error))) return null;
  return new TactusError(
    'TACTUS_PREREQUISITE_MISSING',
    `the database cannot do what Tactus needs (${messageOf(error)}): take a server with TimescaleDB 2.15 or later, Community Edition`,
    { cause: error },
  );
}
