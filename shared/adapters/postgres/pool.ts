import pg from 'pg';
import { databaseAddress } from '../../config/database-address.js';
import type { Config } from '../../config/load.js';
import { tlsSettings } from '../../config/security.js';
import { messageOf } from '../../core/errors.js';
import { Secret } from '../../files/secret.js';
import { TlsMaterial } from '../../files/tls-files.js';
import type { WorkerContext } from '../../process/context.js';
import type { Logger } from '../../process/logger.js';
import { databaseError } from './errors.js';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;

export interface PoolOptions {
  /**
   * After this time a statement fails and its connection is closed: without it, a server that vanishes
   * would block a worker until TCP times out.
   */
  readonly statementTimeoutMs: number;
  /** Statements of a connection are sent at once, and not each after the answer to the one before. */
  readonly pipelined?: boolean;
}

/** How long to wait for a connection, including the pool's queue. */
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;

/**
 * A pool of connections to `database.url`. They are opened on first use, so this never fails and never
 * waits.
 *
 * The time-out is enforced by the client and no session setting is used: through the embedded database's
 * bridge all clients share one session.
 */
export function createPool(
  context: Pick<WorkerContext, 'config' | 'log' | 'name'>,
  options: PoolOptions,
): Pool {
  const { config, log, name } = context;
  const pool = new pg.Pool({
    Client: securedClient(config, log),
    max: config.database.poolSize,
    application_name: `tactus-${name}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: options.statementTimeoutMs,
    keepAlive: true,
    pipeline: options.pipelined === true,
  });
  // An `error` event without a listener ends the process. The pool does not listen to clients that are
  // checked out, so each client needs its own listener.
  pool.on('error', (error) => log.debug({ error }, `an idle connection broke: ${messageOf(error)}`));
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ error }, `a connection broke: ${messageOf(error)}`));
  });
  return pool;
}

/**
 * Asks the database for the first time; one that cannot be reached is left to whoever needs it.
 *
 * @throws TactusError `TACTUS_ACCESS_REFUSED` where it refuses access
 */
export async function requireAccess(pool: Pool): Promise<void> {
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    const why = databaseError(error, 'connecting');
    if (why.code === 'TACTUS_ACCESS_REFUSED') throw why;
  }
}

/** A client whose certificates and password are read anew for each connection. */
function securedClient(config: Config, log: Logger): typeof pg.Client {
  const warn = (line: string) => log.warn(line);
  const { password, passwordFile, url } = config.database;
  const settings = tlsSettings(config, 'database', warn);
  const address = databaseAddress(url);
  const own = new URL(address.rest);
  const secret = new Secret(password, passwordFile, warn);
  const ssl = settings === null ? address.tls : new TlsMaterial(settings, log).liveOptions(own.hostname);
  return class SecuredClient extends pg.Client {
    constructor(given: pg.ClientConfig) {
      const current = new URL(own);
      if (own.password === '') current.password = encodeURIComponent(secret.current);
      super({ ...given, connectionString: current.href, ...(ssl === null ? {} : { ssl }) });
    }
  } as typeof pg.Client;
}

/**
 * Runs `work` inside one transaction on one connection; commits when it resolves.
 *
 * @param doing the purpose in words, for the error message
 * @throws TactusError as of {@link databaseError}; the transaction is then rolled back
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
    // Closes the connection, which makes the server roll back: after an error it may not answer any more.
    client.release(true);
    throw databaseError(error, doing);
  }
}
