import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { POSTGRES, PostgresHome, type PostgresServer } from '../../../support/native-postgres.js';
import { until } from '../../../support/until.js';
import { poolTo } from './database.js';

/** The embedded database has one session, in which nobody waits for a lock. */
describe('migrations beside queries', { skip: POSTGRES === null && 'PostgreSQL is not installed' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-locks-'));
  const migrations = join(folder, 'sql');
  let server: PostgresServer;
  let pool: Pool;

  before(async () => {
    mkdirSync(migrations);
    const put = (name: string, sql: string) => writeFileSync(join(migrations, `${name}.sql`), sql);
    put('20260101000000000_a', 'CREATE TABLE tactus.a (n int);');
    put('20260101000000001_b', 'CREATE TABLE tactus.b (n int);');
    put('20260101000000002_a_column', 'ALTER TABLE tactus.a ADD COLUMN m int NOT NULL DEFAULT 7;');
    put('20260101000000003_b_column', 'ALTER TABLE tactus.b ADD COLUMN m int NOT NULL DEFAULT 7;');
    const home = new PostgresHome(folder);
    home.initdb(['-U', 'worker', '-A', 'trust']);
    server = await home.start({});
    pool = poolTo(`postgres://worker@127.0.0.1:${server.port}/postgres`);
    await until('PostgreSQL', async () => await pool.query('SELECT 1'));
    await migrate(pool, { folder: migrations, most: 2 });
  });

  after(async () => {
    await pool.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('give way where a query holds a table, keep what was applied before, and go on from there', async () => {
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT count(*) FROM tactus.b');
    const names: string[] = [];
    const applied = (name: string) => void names.push(name);
    const attempt = migrate(pool, { folder: migrations, applied });
    let ended = false;
    attempt
      .catch(() => {})
      .finally(() => {
        ended = true;
      });
    const waits: number[] = [];
    while (!ended) {
      const began = performance.now();
      await pool.query('INSERT INTO tactus.a (n) VALUES (1)');
      await pool.query('SELECT * FROM tactus.b');
      waits.push(performance.now() - began);
    }
    await assert.rejects(
      attempt,
      (error) =>
        error instanceof TactusError && error.code === 'TACTUS_DATABASE_UNAVAILABLE' && error.retriable,
    );
    assert.deepEqual(names, ['20260101000000002_a_column']);
    // The query itself goes on for as long as it likes; others wait for the lock that is waited for, and no longer.
    assert.ok(Math.max(...waits) < 3_000, `others waited for ${Math.max(...waits)} ms`);
    assert.ok(waits.length > 1, 'others were let in before the table was free');

    await holder.query('COMMIT');
    holder.release();
    assert.deepEqual(await migrate(pool, { folder: migrations, applied }), ['20260101000000003_b_column']);
    assert.deepEqual(names, ['20260101000000002_a_column', '20260101000000003_b_column']);
    assert.deepEqual(await migrate(pool, { folder: migrations }), []);
  });
});
