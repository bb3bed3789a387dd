import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findMetricNames } from '../../services/api/queries/metric-names.js';
import { findSeries, type SeriesSearch } from '../../services/api/queries/series/find-series.js';
import type { TenantReader } from '../../services/api/queries/tenant-database.js';
import { pointsKeptSince } from '../../services/batch/database/points-retention.js';
import { PolicyJobs } from '../../services/batch/database/policy-jobs.js';
import { metricPoints } from '../../services/sink/timescale/tables.js';
import { writeRows } from '../../services/sink/timescale/write-rows.js';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { createLogger } from '../../shared/process/logger.js';
import { asked, loadPoints, month, refreshAll } from '../bench/queries/load.js';
import { QUERIES } from '../bench/queries/queries.js';
import { poolTo, startDatabase, type TestDatabase } from '../shared/adapters/postgres/database.js';
import { GAUGE } from '../support/point.js';
import { plansOf, readAs, scansOf } from '../support/reader-plans.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A month of 1,000 series, 270,000 points, that ends in the middle of an hour. */
const UNTIL = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS / 2;
const RECENT_SECONDS = 900;
const HISTORY_SECONDS = 14_400;

describe('a database with a month of points', { timeout: 300_000 }, () => {
  let database: TestDatabase;
  let loaded = 0;

  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    for (const stretch of month(UNTIL, RECENT_SECONDS, HISTORY_SECONDS))
      loaded += await loadPoints(database.pool, stretch);
    await refreshAll(database.pool, UNTIL - 30 * DAY_MS, UNTIL);
  });
  after(() => database.stop());

  async function select<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await database.pool.query(sql, parameters)).rows as T[];
  }
  const count = async (from: string) =>
    (await select<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`))[0]?.n;

  for (const { title, sql, parameters, index } of QUERIES)
    it(`finds ${title} by an index`, async () => {
      const plan = await select<{ 'QUERY PLAN': string }>(
        `EXPLAIN (COSTS OFF) ${sql}`,
        parameters(asked(UNTIL)),
      );
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      assert.match(text, index);
      assert.doesNotMatch(text, /Seq Scan/);
    });

  describe('asked by the API as one tenant', () => {
    const { tenantId, metric, tags } = asked(UNTIL);
    const end = Math.ceil(UNTIL / HOUR_MS) * HOUR_MS;
    const searchOf = (
      source: '1m' | '1h',
      stepMs: number,
      days: number,
      more: Partial<SeriesSearch>,
    ): SeriesSearch => ({
      plan: { source, stepMs, start: end - days * DAY_MS, end },
      ...{ metric, tags, exact: true, by: null, aggregation: 'avg', top: null, maxSeries: 500, ...more },
    });

    it('finds one series by the index of its number, in a function that knows the tenant', async () => {
      for (const [rollup, search] of [
        ['1m', searchOf('1m', 60_000, 1, {})],
        ['1h', searchOf('1h', HOUR_MS, 30, {})],
      ] as const) {
        const plan = await plansOf(database.pool, tenantId, (reader) => findSeries(reader, search));
        assert.match(plan, new RegExp(`Function Scan on rollup_${rollup}_one`));
        const [found] = await readAs(database.pool, tenantId, (reader) => findSeries(reader, search));
        assert.ok((found?.points.length ?? 0) > 0);
        const chunks = { index: `%rollup\\_${rollup}\\_one`, table: '\\_hyper\\_%' };
        const scans = await scansOf(database.pool, tenantId, chunks, (reader) => findSeries(reader, search));
        assert.deepEqual([scans.indexed > 0, scans.whole], [true, 0]);
      }
    });

    it('finds the top of a metric by an index, in a function that knows the tenant', async () => {
      const top = searchOf('1h', HOUR_MS, 1, { tags: {}, exact: false, by: ['host'], top: 20 });
      const work = (reader: TenantReader) => findSeries(reader, top);
      assert.match(await plansOf(database.pool, tenantId, work), /Function Scan on rollup_1h_of/);
      const chunks = { index: '%rollup\\_1h\\_%', table: '\\_hyper\\_%' };
      const scans = await scansOf(database.pool, tenantId, chunks, work);
      assert.deepEqual([scans.indexed > 0, scans.whole], [true, 0]);
    });

    it('finds the names of metrics by an index and in the chunks of that time', async () => {
      const { plan: range } = searchOf('1h', HOUR_MS, 1, {});
      const plan = await plansOf(database.pool, tenantId, (reader) =>
        findMetricNames(reader, { ...range, tags: {}, after: null, limit: 100 }),
      );
      assert.match(plan, /rollup_1h_(?:series|tenant)|bucket_idx/);
      assert.doesNotMatch(plan, /Seq Scan/);
    });

    it('reads of a roll-up what its view has, refreshed or not, whatever the range', async () => {
      const MINUTE_MS = 60_000;
      for (const [rollup, lengthMs] of [
        ['1m', MINUTE_MS],
        ['1h', HOUR_MS],
        ['1d', DAY_MS],
      ] as const)
        for (const [since, until] of [
          [end - 3 * lengthMs, end + 2 * lengthMs],
          [end - 3 * lengthMs - 1_234, end - 2 * lengthMs + 4_321],
          [UNTIL - lengthMs / 3, UNTIL + lengthMs],
          [UNTIL - 2 * HOUR_MS, UNTIL - HOUR_MS],
        ] as const) {
          const figures = 'bucket, tenant_id, metric, tags, count, round(sum::numeric, 6) AS sum, min, max';
          const of = (columns: string, from: string, where: string) =>
            `SELECT ${columns} FROM tactus_tenant.rollup_${rollup}${from} WHERE ${where}`;
          const values = [metric, JSON.stringify(tags), new Date(since), new Date(until)];
          const inRange = 'metric = $1 AND tags @> $2::jsonb AND bucket >= $3 AND bucket < $4';
          const read = async (sql: string) =>
            await readAs(database.pool, tenantId, (reader) => reader.rows(`${sql} ORDER BY bucket`, values));
          const expected = await read(of(figures, '', inRange));
          const one = '_one($1, $2::jsonb, $3, $4)';
          assert.deepEqual(await read(of(figures, one, 'true')), expected, `${rollup}_one`);
          const all = '_of($1, $3, $4)';
          assert.deepEqual(await read(of(figures, all, 'tags @> $2::jsonb')), expected, `${rollup}_of`);
        }
    });
  });

  it('answers with what the points say, the open hour included', async () => {
    const { tenantId, metric, tags, until } = asked(UNTIL);
    const [, hours, top] = QUERIES as [unknown, (typeof QUERIES)[0], (typeof QUERIES)[0]];
    const from = new Date(until - 30 * DAY_MS);
    const expected = await select(
      `SELECT time_bucket(INTERVAL '1 hour', time) AS bucket, avg(value) AS mean, min(value), max(value), count(*)
       FROM tactus.metric_points WHERE tenant_id = $1 AND metric = $2 AND tags = $3 AND time >= $4
       GROUP BY 1 HAVING time_bucket(INTERVAL '1 hour', min(time)) >= $4 ORDER BY 1`,
      [tenantId, metric, JSON.stringify(tags), from],
    );
    const found = await select(hours.sql, hours.parameters(asked(until)));
    const rounded = (rows: unknown[]) =>
      (rows as { mean: number }[]).map((row) => ({ ...row, mean: row.mean.toFixed(9) }));
    assert.deepEqual(rounded(found), rounded(expected));
    const greatest = await select<{ mean: number }>(top.sql, top.parameters(asked(until)));
    assert.equal(greatest.length, 20);
    assert.ok(greatest.every(({ mean }, i) => i === 0 || mean <= (greatest[i - 1]?.mean ?? 0)));
  });

  it('compresses what is older than a week where there is no scheduler, and goes on taking late points', async () => {
    const jobs = new PolicyJobs(database.pool, { now: () => 1_000 }, createLogger('test', 'silent'));
    assert.deepEqual(
      new Set(await jobs.runDue()),
      new Set(['policy_compression', 'apply_retention', 'apply_row_retention']),
    );
    assert.deepEqual(await jobs.runDue(), [], 'not again at once');
    const compressed = `timescaledb_information.chunks WHERE hypertable_name = 'metric_points' AND is_compressed`;
    assert.ok(Number(await count(compressed)) >= 20);
    assert.equal(await count('tactus.metric_points'), loaded);
    const again = `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
      SELECT time, tenant_id, metric, tags, value, id FROM tactus.metric_points
      WHERE tenant_id = 'tenant-1' AND time < $1 LIMIT 3 ON CONFLICT (tenant_id, id, time) DO NOTHING`;
    const parameters = [new Date(UNTIL - 20 * DAY_MS)];
    assert.equal((await database.pool.query(again, parameters)).rowCount, 0);
    const late = again.replace('value, id FROM', "value, 'late-' || id FROM");
    assert.equal((await database.pool.query(late, parameters)).rowCount, 3);
    loaded += 3;
  });

  it('goes on when a job fails', async () => {
    const gone = poolTo('postgres://nobody@127.0.0.1:1/none');
    const jobs = new PolicyJobs(gone, { now: () => 1_000 }, createLogger('test', 'silent'));
    assert.deepEqual(await jobs.runDue(), []);
    await gone.end();
  });

  it("keeps each tenant's data as long as its profile says, and roll-ups longer where it says so", async () => {
    const tenants = async (table: string, time: string) =>
      Object.fromEntries(
        (
          await select<{ tenant_id: string; days: number }>(
            `SELECT tenant_id, round(extract(epoch FROM $1 - min(${time})) / 86400)::int AS days
             FROM tactus.${table} GROUP BY 1 ORDER BY 1`,
            [new Date(UNTIL)],
          )
        ).map(({ tenant_id, days }) => [tenant_id, days]),
      );
    const all = await tenants('metric_points', 'time');
    assert.deepEqual(Object.values(all), [30, 30, 30, 30]);
    await database.pool.query(
      `INSERT INTO tactus.tenant_profiles (tenant_id, retention_days, raw_days)
       VALUES ('tenant-1', 15, NULL), ('tenant-2', NULL, 10), ('*', 25, NULL), ('tenant-3', NULL, NULL)`,
    );
    await database.pool.query('CALL tactus.apply_retention(0, NULL)');
    const points = await tenants('metric_points', 'time');
    const near = (days: number | undefined, wanted: number) =>
      assert.ok(days !== undefined && Math.abs(days - wanted) <= 1, `${days} days, ${wanted} wanted`);
    near(points['tenant-0'], 25);
    near(points['tenant-1'], 15);
    near(points['tenant-2'], 10);
    near(points['tenant-3'], 30);
    const hours = await tenants('rollup_1h', 'bucket');
    near(hours['tenant-2'], 30);
    near(hours['tenant-3'], 30);
    assert.ok((hours['tenant-1'] ?? 30) < 29, 'roll-ups go by whole chunks');
    const [since] = await select<{ days: number }>(
      'SELECT round(extract(epoch FROM now() - tactus.points_kept_since()) / 86400)::int AS days',
    );
    assert.equal(since?.days, 10);
    await database.pool.query(`DELETE FROM tactus.tenant_profiles WHERE tenant_id = 'tenant-3'`);
    const chunks = `timescaledb_information.chunks WHERE hypertable_name = 'metric_points'`;
    const chunksBefore = Number(await count(chunks));
    await database.pool.query('CALL tactus.apply_retention(0, NULL)');
    assert.ok(Number(await count(chunks)) < chunksBefore, 'chunks that nobody keeps are dropped');
    near((await tenants('metric_points', 'time'))['tenant-3'], 25);
    await database.pool.query('UPDATE tactus.tenant_profiles SET retention_days = 15');
    await database.pool.query('CALL tactus.apply_retention(0, NULL)');
    assert.ok(Object.values(await tenants('rollup_1h', 'bucket')).every((days) => days < 26));
  });

  it('removes increases and members as it removes roll-ups', async () => {
    for (const table of ['rollup_increases', 'rollup_members'])
      for (const [tenant, days] of [
        ['short', 40],
        ['short', 1],
        ['long', 40],
      ] as const)
        await database.pool.query(
          `INSERT INTO tactus.${table} (bucket, start, tenant_id, metric, tags, count${table === 'rollup_members' ? ', "distinct"' : ''})
           VALUES ('1d', $1, $2, 'm', '{}', 1${table === 'rollup_members' ? ', 1' : ''})`,
          [new Date(UNTIL - days * DAY_MS), tenant],
        );
    await database.pool.query(
      `INSERT INTO tactus.tenant_profiles (tenant_id, retention_days) VALUES ('short', 20), ('long', 90)`,
    );
    await database.pool.query('CALL tactus.apply_retention(0, NULL)');
    for (const table of ['rollup_increases', 'rollup_members'])
      assert.deepEqual(
        await select(`SELECT tenant_id, count(*)::int AS rows FROM tactus.${table} GROUP BY 1 ORDER BY 1`),
        [
          { tenant_id: 'long', rows: 1 },
          { tenant_id: 'short', rows: 1 },
        ],
      );
    await database.pool.query(`DELETE FROM tactus.tenant_profiles WHERE tenant_id IN ('short', 'long')`);
  });

  it('takes a hundred years of retention, and no more, which would be no time', async () => {
    const put = (days: number) =>
      database.pool.query(`INSERT INTO tactus.tenant_profiles (tenant_id, raw_days) VALUES ('old', $1)`, [
        days,
      ]);
    await assert.rejects(put(2_000_000_000), { code: '23514' });
    await put(36_500);
    assert.ok((await pointsKeptSince(database.pool)) < UNTIL);
    await database.pool.query(`DELETE FROM tactus.tenant_profiles WHERE tenant_id = 'old'`);
  });

  it('removes no point before it is rolled up, unless its minute fails, and holds up no other tenant by that', async () => {
    const old = new Date(UNTIL - 12 * DAY_MS);
    await database.pool.query(
      `INSERT INTO tactus.tenant_profiles (tenant_id, raw_days) VALUES ('late', 5), ('other', 5)`,
    );
    await database.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
       VALUES ($1, 'late', 'm', '{}', 1, 'l'), ($1::timestamptz + INTERVAL '1 minute', 'other', 'm', '{}', 1, 'o')`,
      [old],
    );
    await database.pool.query(
      `INSERT INTO tactus.dirty_ranges (bucket, start) VALUES ('1m', time_bucket('1 minute', $1::timestamptz))
       ON CONFLICT (bucket, start) DO UPDATE SET retry_at = NULL`,
      [old],
    );
    const left = async () => {
      await database.pool.query('CALL tactus.apply_retention(0, NULL)');
      const rows = await select<{ id: string }>(
        `SELECT id FROM tactus.metric_points WHERE tenant_id IN ('late', 'other')`,
      );
      return rows.map(({ id }) => id);
    };
    assert.deepEqual(await left(), ['l']);
    await database.pool.query(`UPDATE tactus.dirty_ranges SET retry_at = now() + INTERVAL '1 hour'`);
    assert.deepEqual(await left(), []);
  });

  it('compresses days with names and tags of any length, and rolls up without the values that fail there', async () => {
    const day = new Date(Math.floor(UNTIL / DAY_MS) * DAY_MS - 60 * DAY_MS);
    const random = (length: number) =>
      Array.from({ length }, () => String.fromCharCode(0x4e00 + Math.floor(Math.random() * 20_000))).join('');
    const tags = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`k${i}`, random(200)]));
    const [tenantId, metric, id] = [random(256), random(256), random(256)];
    const points = [1, 1.5e308, 1.5e308].map((value, index) => ({
      ...{ tenantId, metric, tags, id: `${index}${id.slice(1)}`, value },
      ...{ timestamp: day.getTime() + index, unit: null, source: null, ...GAUGE },
    }));
    for (const { value, ...point } of points) {
      const row = { index: 0, value: { ...point, value: 1 } };
      assert.deepEqual((await writeRows(database.pool, metricPoints, [row], 10)).refusals, []);
      await database.pool.query('UPDATE tactus.metric_points SET value = $1 WHERE id = $2', [
        value,
        point.id,
      ]);
    }
    const series = await select<{ same: boolean }>(
      'SELECT series = tactus.series_id(tenant_id, metric, tags) AS same FROM tactus.metric_points WHERE tenant_id = $1',
      [tenantId],
    );
    assert.deepEqual(series, [{ same: true }, { same: true }, { same: true }]);
    await database.pool.query(
      `INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev, first, last,
         watermark, emitted_at)
       VALUES ($1, $1, $2, $3, $4, '10s', 1, 1, 1, 1, 1, 0, 1, 1, $1, $1)`,
      [day, tenantId, metric, JSON.stringify(tags)],
    );
    const chunks = await select<{ chunk: string }>(
      `SELECT format('%I.%I', chunk_schema, chunk_name) AS chunk FROM timescaledb_information.chunks
       WHERE hypertable_name IN ('metric_points', 'windows') AND range_start = $1`,
      [day],
    );
    assert.equal(chunks.length, 2);
    for (const { chunk } of chunks) await database.pool.query('SELECT compress_chunk($1::regclass)', [chunk]);
    const refused = await select(
      `SELECT tenant_id, metric, points::int AS points, largest FROM tactus.refuse_points($1, $1::timestamptz + INTERVAL '1 day')`,
      [day],
    );
    assert.deepEqual(refused, [{ tenant_id: tenantId, metric, points: 2, largest: 1.5e308 }]);
    const left = await select(`SELECT value FROM tactus.metric_points WHERE tenant_id = $1`, [tenantId]);
    assert.deepEqual(left, [{ value: 1 }]);
  });
});
