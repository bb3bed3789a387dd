import type { QueryResultRow } from 'pg';
import { databaseError, sqlState, timedOut } from '../../../shared/adapters/postgres/errors.js';
import type { Pool, PoolClient } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { Turns } from '../http/turns.js';
import { queryError } from './query-error.js';

/** Asks in a transaction that sees one tenant's rows. */
export interface TenantReader {
  /** @param sql names tables of the schema `tactus_tenant` only */
  rows<R extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<R[]>;
}

export interface TenantDatabaseOptions {
  readonly queryTimeoutMs: Millis;
  /** Most reads at once. */
  readonly maxQueries: number;
}

/** SQLSTATE of a statement that was cancelled, for its time or by request. */
const CANCELLED = '57014';
const ROLE = 'tactus_reader';

/**
 * Reads the rows of one tenant: each read is a read-only transaction with the role `tactus_reader`, which may see the views
 * of the schema `tactus_tenant` alone, and these show the tenant of the transaction.
 */
export class TenantDatabase {
  readonly #turns: Turns;
  #role: boolean | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly options: TenantDatabaseOptions,
  ) {
    const { maxQueries: most, queryTimeoutMs: waitMs } = options;
    this.#turns = new Turns({
      what: 'querying (TACTUS_DATABASE_POOL_SIZE)',
      ...{ most, mostOfTenant: Math.max(1, most - 1), waitMs },
    });
  }

  /** Whether reads have a role of their own; asked until it is known. @throws TactusError as of {@link databaseError} */
  async hasRole(): Promise<boolean> {
    if (this.#role === null) {
      const sql = `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(current_user, oid, 'MEMBER')) AS member`;
      const { rows } = await this.pool.query<{ member: boolean }>(sql, [ROLE]).catch((error: unknown) => {
        throw databaseError(error, 'looking for the role of queries');
      });
      this.#role = rows[0]?.member === true;
    }
    return this.#role;
  }

  /**
   * @param doing the purpose in words, for errors
   * @param gone ends the read when it aborts: the server is asked to cancel it
   * @throws TactusError `TACTUS_QUERY_TIMEOUT`, `TACTUS_DATABASE_UNAVAILABLE`, others of {@link databaseError}
   */
  async read<T>(
    tenantId: string,
    doing: string,
    gone: AbortSignal,
    work: (reader: TenantReader) => Promise<T>,
  ): Promise<T> {
    return await this.#turns.take(tenantId, gone, () => this.#read(tenantId, doing, gone, work));
  }

  async #read<T>(
    tenantId: string,
    doing: string,
    gone: AbortSignal,
    work: (reader: TenantReader) => Promise<T>,
  ): Promise<T> {
    try {
      const hasRole = await this.hasRole();
      const client = await this.pool.connect();
      return await this.#within(client, tenantId, hasRole, gone, work);
    } catch (error) {
      if (gone.aborted)
        throw new TactusError('TACTUS_QUERY_TIMEOUT', `${doing}: the client has gone`, { cause: error });
      if (sqlState(error) === CANCELLED || timedOut(error))
        throw new TactusError(
          'TACTUS_QUERY_TIMEOUT',
          `${doing}: took longer than ${this.options.queryTimeoutMs} ms (TACTUS_API_QUERY_TIMEOUT_MS)`,
          { cause: error },
        );
      throw queryError(error, doing);
    }
  }

  /** In one round trip, which takes no parameters. */
  #begin(client: PoolClient, tenantId: string, hasRole: boolean): string {
    const settings = {
      'tactus.tenant': tenantId,
      statement_timeout: String(this.options.queryTimeoutMs),
      ...(hasRole && { role: ROLE }),
    };
    const set = Object.entries(settings).map(
      ([name, value]) => `set_config('${name}', ${client.escapeLiteral(value)}, true)`,
    );
    return `BEGIN READ ONLY; SELECT ${set.join(', ')}`;
  }

  async #within<T>(
    client: PoolClient,
    tenantId: string,
    hasRole: boolean,
    gone: AbortSignal,
    work: (reader: TenantReader) => Promise<T>,
  ): Promise<T> {
    const cancel = () => {
      const { processID } = client as unknown as { processID: number | null };
      if (processID !== null) this.pool.query('SELECT pg_cancel_backend($1)', [processID]).catch(() => {});
    };
    gone.addEventListener('abort', cancel, { once: true });
    try {
      gone.throwIfAborted();
      const reader: TenantReader = {
        rows: async <R extends QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
          (await client.query<R>(sql, [...values])).rows,
      };
      // Nobody waits for the begin, so that a pipelined connection has it and the first statements at once. Where it fails, they fail
      // in its transaction, and nothing of them is given.
      const [, result] = await Promise.all([
        client.query(this.#begin(client, tenantId, hasRole)),
        work(reader),
      ]);
      // Nothing that was read depends on it. A cancel that is on its way would hit whose statement runs on the connection next.
      void client.query('COMMIT').then(
        () => client.release(gone.aborted),
        () => client.release(true),
      );
      return result;
    } catch (error) {
      // What we refuse leaves the connection as good as it was; after any other error it may not answer any more.
      const isRefused = error instanceof TactusError && !gone.aborted;
      const isGood =
        isRefused &&
        (await client.query('ROLLBACK').then(
          () => true,
          () => false,
        ));
      client.release(!isGood);
      throw error;
    } finally {
      gone.removeEventListener('abort', cancel);
    }
  }
}
