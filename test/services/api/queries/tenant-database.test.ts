import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TenantDatabase } from '../../../../services/api/queries/tenant-database.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';

const NEVER = new AbortController().signal;

describe('a read of one tenant', () => {
  it('sends its first statements with the begin, whose answer it does not wait for', async () => {
    const sent = Promise.withResolvers<void>();
    const { database, statements } = on(async (sql) => {
      if (sql.startsWith('BEGIN')) await sent.promise;
      if (sql === 'SELECT 2') sent.resolve();
    });
    await database.read('acme', 'reading', NEVER, async (reader) => {
      await Promise.all([reader.rows('SELECT 1'), reader.rows('SELECT 2')]);
    });
    assert.deepEqual(
      statements.map((sql) => sql.split(' ').slice(0, 2).join(' ')),
      ['BEGIN READ', 'SELECT 1', 'SELECT 2', 'COMMIT'],
    );
  });

  it('gives nothing where the begin fails, whatever is answered to the rest', async () => {
    const { database, released } = on(async (sql) => {
      if (sql.startsWith('BEGIN')) throw new Error('no such role');
    });
    const read = database.read(
      'acme',
      'reading',
      NEVER,
      async (reader) => await reader.rows<{ of: string }>('SELECT 1'),
    );
    await assert.rejects(read, /no such role/);
    assert.deepEqual(released, [true], 'the connection is not used again');
  });
});

/** A database of one connection, which answers a row to each statement that `answer` lets pass. */
function on(answer: (sql: string) => Promise<void>): {
  readonly database: TenantDatabase;
  readonly statements: readonly string[];
  /** Whether the connection was closed, for each time that it was given back. */
  readonly released: readonly boolean[];
} {
  const statements: string[] = [];
  const released: boolean[] = [];
  const client = {
    query: async (sql: string) => {
      statements.push(sql);
      await answer(sql);
      return { rows: [{ of: sql }] };
    },
    escapeLiteral: (text: string) => `'${text}'`,
    release: (isClosed: boolean) => released.push(isClosed),
  };
  const pool = { query: async () => ({ rows: [{ member: true }] }), connect: async () => client };
  const database = new TenantDatabase(pool as unknown as Pool, { queryTimeoutMs: 1_000, maxQueries: 1 });
  return { database, statements, released };
}
