import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { runTactus } from '../../../support/command-line.js';
import { poolTo, startDatabase, type TestDatabase } from './database.js';

const FILES = readdirSync(join(packageRoot(), 'schemas', 'sql'))
  .map((file) => file.replace(/\.sql$/, ''))
  .sort();

describe('migrations', () => {
  let database: TestDatabase;
  before(async () => {
    database = await startDatabase();
  });
  after(() => database.stop());

  it('are applied once each, in order, when two processes begin at once on an empty database', async () => {
    const other = poolTo(database.url);
    const both = await Promise.all([migrate(database.pool), migrate(other)]);
    assert.deepEqual(both.flat().sort(), FILES);
    const { rows } = await database.pool.query('SELECT name FROM tactus.migrations ORDER BY id');
    assert.deepEqual(
      rows.map(({ name }) => name),
      FILES,
    );
    await other.end();
  });

  it('have nothing to do the second time', async () => {
    assert.deepEqual(await migrate(database.pool), []);
  });

  it('leave a database alone that a later version has migrated, as after going back', async () => {
    await database.pool.query(
      "INSERT INTO tactus.migrations (name, run_on) VALUES ('20990101000000000_later', now())",
    );
    assert.deepEqual(await migrate(database.pool), []);
    await database.pool.query("DELETE FROM tactus.migrations WHERE name = '20990101000000000_later'");
  });

  it('make the hypertables and the roll-ups of the contract', async () => {
    const tables = await database.pool.query<{ name: string }>(
      `SELECT hypertable_name AS name FROM timescaledb_information.hypertables
       WHERE hypertable_schema = 'tactus' ORDER BY 1`,
    );
    assert.deepEqual(
      tables.rows.map(({ name }) => name),
      [
        'alert_states',
        'anomalies',
        'events',
        'late_points',
        'metric_points',
        'notifications',
        'rollup_increases',
        'rollup_members',
        'windows',
      ],
    );
    const views = await database.pool.query<{ name: string }>(
      `SELECT view_name AS name FROM timescaledb_information.continuous_aggregates
       WHERE view_schema = 'tactus' ORDER BY 1`,
    );
    assert.deepEqual(
      views.rows.map(({ name }) => name),
      ['rollup_1d', 'rollup_1h', 'rollup_1m'],
    );
    await database.pool.query('SELECT time, tenant_id, metric, tags, value, id FROM tactus.metric_points');
    await database.pool.query('SELECT fingerprint, starts_at, state FROM tactus.alerts');
  });

  it('leave the search path of the shared session alone', async () => {
    const { rows } = await database.pool.query('SHOW search_path');
    assert.deepEqual(rows, [{ search_path: '"$user", public' }]);
  });
});

describe('tactus db migrate', () => {
  it('exits with 78 when the configuration is wrong', async () => {
    assert.equal((await runTactus(['db', 'migrate'], { DATABASE_URL: 'mysql://localhost' })).code, 78);
  });

  it('waits for a database that is not up yet', async (t) => {
    const database = await startDatabase();
    t.after(() => database.stop());
    await database.server.stop();
    const outcome = runTactus(['db', 'migrate', '--timeout', '2m'], { DATABASE_URL: database.url });
    await database.server.start();
    const { code, stdout } = await outcome;
    assert.equal(code, 0, stdout);
    assert.deepEqual(await migrate(database.pool), []);
  });
});
