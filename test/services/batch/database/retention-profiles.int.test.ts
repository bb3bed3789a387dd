import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RetentionProfiles } from '../../../../services/batch/database/retention-profiles.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { KnownTenants } from '../../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE } from '../../../../shared/tenancy/profile.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';

let database: TestDatabase;
before(async () => {
  database = await startDatabase();
  await migrate(database.pool);
});
after(() => database.stop());

test('the retention of profiles reaches the database with each change, and goes with them; rows by hand stay', async () => {
  const { pool } = database;
  const rows = async () => {
    const sql =
      'SELECT tenant_id, retention_days, raw_days, by_profile FROM tactus.tenant_profiles ORDER BY tenant_id';
    return (await pool.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row).join(' '));
  };
  const daysOf = async (tenant: string) =>
    (await pool.query('SELECT tactus.kept_days($1, true) AS days', [tenant])).rows[0]?.days;
  await pool.query(
    `INSERT INTO tactus.tenant_profiles (tenant_id, retention_days) VALUES ('by-hand', 9), ('acme', 1)`,
  );
  const tenants = new KnownTenants();
  const retention = new RetentionProfiles(pool, tenants);
  await retention.round();
  assert.deepEqual(await rows(), ['acme 1  false', 'by-hand 9  false']);

  tenants.useRecord('*', { ...NO_PROFILE, retentionDays: 90 });
  tenants.useRecord('acme', { ...NO_PROFILE, rawRetentionDays: 30 });
  await retention.round();
  assert.deepEqual(await rows(), ['* 90  true', 'acme 90 30 true', 'by-hand 9  false']);
  assert.deepEqual([await daysOf('acme'), await daysOf('by-hand'), await daysOf('nobody')], [30, 9, 90]);

  tenants.useRecord('acme', null);
  tenants.useFile(new Map([['*', { ...NO_PROFILE, retentionDays: 60 }]]));
  await retention.round();
  assert.deepEqual(await rows(), ['* 60  true', 'by-hand 9  false']);
  await new RetentionProfiles(pool, new KnownTenants()).round();
  assert.deepEqual(await rows(), ['by-hand 9  false']);
});
