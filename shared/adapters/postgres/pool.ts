import pg from 'pg';
import { messageOf } from '../../core/errors.js';
import type { WorkerContext } from '../../process/context.js';
import { databaseError } from './errors.js';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;

export interface PoolOptions {
  /**
   * After this time a statement counts as lost and its connection is given up: without it, a server
   * that vanished without a word would hold a worker for as long as TCP keeps hoping.
   */
  readonly statementTimeoutMs: number;
}

/** How long to wait for a connection, the queue of the pool included. */
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;

/**
 * A pool of connections to `database.url`. Connections are made on first use, so this never fails
 * and never waits.
 *
 * The time-out is kept on this side and nothing is set for a session: through the embedded
 * database's bridge all clients share one session, and a setting of one would hold for all.
 */
export function createPool(
  context: Pick<WorkerContext, 'config' | 'log' | 'name'>,
  options: PoolOptions,
): Pool {
  const { config, log, name } = context;
  const pool = new pg.Pool({
    connectionString: config.database.url,
    max: config.database.poolSize,
    application_name: `tactus-${name}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: options.statementTimeoutMs,
    keepAlive: true,
  });
  // A connection that breaks says so by an event, and an event that nobody hears ends the process.
  // While a client is checked out the pool does not listen, so each client gets a listener itself.
  pool.on('error', (error) => log.debug({ error }, `an idle connection broke: ${messageOf(error)}`));
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ error }, `a connection broke: ${messageOf(error)}`));
  });
  return pool;
}

/**
 * Runs `work` inside one transaction on one connection; commits when it resolves.
 *
 * @param doing what it is for, in words, for the message of the error
 * @throws TactusError as of {@link databaseError}; nothing of `work` is stored then.
 */
export async function inTransaction<T>(
  pool: Pool,
  doing: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw databaseError(error, doing);
  }
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // Given up rather than rolled back by hand: the server rolls back when a connection goes, and
    // after an error it is not sure that this one still answers.
    client.release(true);
    throw databaseError(error, doing);
  }
}
