import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { findEvents } from '../../../../services/api/queries/events.js';
import { TenantDatabase } from '../../../../services/api/queries/tenant-database.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { poolTo } from '../../../shared/adapters/postgres/database.js';
import { sharedServers } from '../../../support/servers.js';

const NEVER = new AbortController().signal;

describe('reading as one tenant', { timeout: 120_000 }, () => {
  const [own, other] = [`own-${randomUUID()}`, `other-${randomUUID()}`];
  const now = Date.now();
  let pool: Pool;
  let database: TenantDatabase;

  before(async () => {
    pool = poolTo(sharedServers().DATABASE_URL);
    await migrate(pool);
    for (const tenant of [own, other])
      await pool.query(
        `INSERT INTO tactus.events (time, tenant_id, type, id, attributes) VALUES ($2, $1, 'login', $1, '{"plan": "family"}')`,
        [tenant, new Date(now)],
      );
    database = new TenantDatabase(pool, { queryTimeoutMs: 30_000, maxQueries: 3 });
  });

  after(async () => {
    await pool.end();
  });

  const rows = async (sql: string) =>
    await database.read(
      own,
      'reading',
      NEVER,
      async (reader) => await reader.rows<Record<string, unknown>>(sql),
    );

  it('has a role of its own, which may see views of that tenant, and no table', async () => {
    assert.ok(await database.hasRole());
    assert.deepEqual(await rows(`SELECT current_user::text AS name`), [{ name: 'tactus_reader' }]);
    assert.deepEqual(await rows(`SELECT DISTINCT tenant_id FROM tactus_tenant.events`), [{ tenant_id: own }]);
    await assert.rejects(rows('SELECT 1 FROM tactus.events'), /not permit.*permission denied/);
    await assert.rejects(rows('SELECT 1 FROM tactus.users'), /not permit.*permission denied/);
    await assert.rejects(
      rows(`SELECT set_config('transaction_read_only', 'off', true)`),
      /read-only|read-write/,
    );
    const wanted = {
      attributes: { plan: 'family' },
      start: now - 1_000,
      end: now + 1_000,
      after: null,
      limit: 10,
    };
    const found = await database.read(
      own,
      'reading',
      NEVER,
      async (reader) => await findEvents(reader, wanted),
    );
    assert.deepEqual(
      found.map(({ id }) => id),
      [own],
    );
  });

  it('is of the tenant that is meant, whatever its name has in it', async () => {
    for (const name of [
      own,
      `o'brien`,
      'back\\slash',
      `\\'; SELECT set_config('tactus.tenant', '${other}', true) --`,
    ]) {
      const [row] = await database.read(name, 'reading', NEVER, (reader) =>
        reader.rows<{ tenant: string }>(`SELECT current_setting('tactus.tenant', true) AS tenant`),
      );
      assert.equal(row?.tenant, name);
    }
  });

  it('leaves the connection as it was, also where the answer is refused', async () => {
    const refused = new TactusError('TACTUS_QUERY_TOO_LARGE', 'too much');
    await assert.rejects(
      database.read(own, 'reading', NEVER, async () => {
        throw refused;
      }),
      refused,
    );
    const { rows: after } = await pool.query(
      `SELECT current_user = session_user AS is_self, current_setting('tactus.tenant', true) AS tenant`,
    );
    assert.deepEqual([after[0].is_self, after[0].tenant || null], [true, null]);
    assert.equal(pool.totalCount, pool.idleCount, 'all connections are back');
  });
});
