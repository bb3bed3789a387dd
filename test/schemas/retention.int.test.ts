import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PolicyJobs } from '../../services/batch/database/policy-jobs.js';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { createLogger } from '../../shared/process/logger.js';
import { startDatabase, type TestDatabase } from '../shared/adapters/postgres/database.js';

describe('what has no chunks', { timeout: 120_000 }, () => {
  let database: TestDatabase;

  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());

  const put = (table: string, row: Record<string, unknown>) =>
    database.pool.query(
      `INSERT INTO tactus.${table} (${Object.keys(row).map((name) => `"${name}"`)})
       VALUES (${Object.keys(row).map((_, i) => `$${i + 1}`)})`,
      Object.values(row),
    );
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

  it("is kept as long as its tenant's profile says, too", async () => {
    await put('tenant_profiles', { tenant_id: 'short', retention_days: 20, raw_days: 5 });
    await put('tenant_profiles', { tenant_id: 'long', retention_days: 90 });
    for (const tenant_id of ['short', 'long', 'other']) {
      for (const [rule, state, ended] of [
        ['over', 'resolved', 40],
        ['lately', 'resolved', 10],
        ['on', 'firing', null],
      ] as const)
        await put('alerts', {
          ...{ fingerprint: `${tenant_id} ${rule}`, rule, tenant_id, state, severity: 'warning', value: 1 },
          ...{ labels: {}, annotations: {}, starts_at: daysAgo(50), updated_at: daysAgo(ended ?? 40) },
          ends_at: ended === null ? null : daysAgo(ended),
        });
      for (const [metric, days, published] of [
        ['old', 40, true],
        ['unpublished', 40, false],
        ['raw', 8, true],
        ['new', 1, true],
      ] as const)
        await put('corrections', {
          ...{
            tenant_id,
            metric,
            tags: {},
            window: '1m',
            count: 1,
            sum: 1,
            min: 1,
            max: 1,
            mean: 1,
            stddev: 0,
          },
          ...{ first: 1, last: 1, start: daysAgo(days), end: daysAgo(days), watermark: daysAgo(days) },
          ...{ emitted_at: daysAgo(days), published },
        });
    }
    await new PolicyJobs(database.pool, { now: () => Date.now() }, createLogger('test', 'silent')).runDue();
    const left = async (table: string, name: string) =>
      Object.fromEntries(
        (
          await database.pool.query<{ tenant_id: string; names: string[] }>(
            `SELECT tenant_id, array_agg(${name} ORDER BY ${name}) AS names FROM tactus.${table} GROUP BY 1`,
          )
        ).rows.map(({ tenant_id, names }) => [tenant_id, names.join(' ')]),
      );
    assert.deepEqual(await left('alerts', 'rule'), {
      short: 'lately on',
      long: 'lately on over',
      other: 'lately on over',
    });
    assert.deepEqual(await left('corrections', 'metric'), {
      short: 'new unpublished',
      long: 'new old raw unpublished',
      other: 'new old raw unpublished',
    });
  });
});
