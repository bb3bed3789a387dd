import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Evaluation, queryRange } from '../../../../services/api/prometheus/promql/engine.js';
import type { Series } from '../../../../services/api/prometheus/promql/model/series-source.js';
import { SqlSource } from '../../../../services/api/prometheus/stored/sql-source.js';
import { TenantDatabase } from '../../../../services/api/queries/tenant-database.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { refreshRollups } from '../../../support/refresh-rollups.js';
import { evaluationOver } from './promql/evaluation.js';
import { memorySource } from './promql/memory-source.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.now();
/** A midnight. */
const START = (Math.floor(NOW / DAY) - 3) * DAY;
const TENANT = 'rolled-up';
/** Of both hosts: in the middle of ten seconds, so that none is where a range begins or ends. */
const POINTS_OF_HOUR = 2 * 360;

interface Asked {
  readonly maxSamples?: number;
  readonly longestBucket?: number | null;
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}

describe('roll-ups instead of points', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let tenants: TenantDatabase;

  before(async () => {
    // Of its own: it sets for how long points are kept.
    database = await startDatabase();
    const { pool } = database;
    await migrate(pool);
    tenants = new TenantDatabase(pool, { queryTimeoutMs: 30_000, maxQueries: 2 });
    await pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id, kind)
       SELECT to_timestamp($2::bigint / 1000 + 5 + 10 * n), $1, metric, jsonb_build_object('host', 'h' || host),
         CASE metric WHEN 'load' THEN 50 + 20 * sin(n / 200.0 + host) ELSE (n * (host + 1) * 10 + n % 7) % 30000 END, metric || host || n, 'gauge'
       FROM generate_series(0, 2159) AS n, generate_series(0, 1) AS host, unnest(ARRAY['load', 'requests_total']) AS metric`,
      [TENANT, START],
    );
    await refreshRollups(pool, { start: START, end: START + DAY });
    for (const bucket of ['1m', '1h'])
      await pool.query(
        `INSERT INTO tactus.rollup_increases (bucket, start, tenant_id, metric, tags, count, increase)
         SELECT $1, time_bucket($2::interval, time), tenant_id, metric, tags, count(*), sum(CASE WHEN value >= before THEN value - before ELSE value END)
         FROM (SELECT *, lag(value, 1, value) OVER (PARTITION BY tags ORDER BY time) AS before FROM tactus.metric_points
               WHERE tenant_id = $3 AND metric = 'requests_total') AS points GROUP BY 2, 3, 4, 5`,
        [bucket, bucket === '1m' ? '1 minute' : '1 hour', TENANT],
      );
  });
  after(async () => {
    await database.stop();
  });

  async function ask(
    query: string,
    asked: Asked = {},
  ): Promise<{ series: readonly Series[]; warnings: string[] }> {
    const { maxSamples = 1e6, longestBucket = null } = asked;
    const steps = { start: START + 2 * HOUR, end: START + 6 * HOUR, step: HOUR, ...asked };
    const warnings = new Set<string>();
    const { signal } = new AbortController();
    const options = { longestBucket, signal, now: NOW, warn: (warning: string) => warnings.add(warning) };
    const evaluation: Evaluation = {
      ...evaluationOver(memorySource([]), { maxSamples }),
      store: {
        read: async (work) =>
          await tenants.read(TENANT, 'reading', new AbortController().signal, (reader) =>
            work(new SqlSource(reader, options)),
          ),
      },
    };
    return { series: await queryRange(query, steps, evaluation), warnings: [...warnings] };
  }

  /** @param tolerance as a share of the value */
  async function compare(query: string, tolerance: number, asked: Asked = {}): Promise<string[]> {
    const points = await ask(query, { ...asked, longestBucket: 0 });
    const rolledUp = await ask(query, { longestBucket: DAY, ...asked });
    assert.ok(points.series.length > 0 && points.warnings.length === 0, query);
    assert.deepEqual(
      rolledUp.series.map(({ labels, times }) => [labels.key, [...times]]),
      points.series.map(({ labels, times }) => [labels.key, [...times]]),
      query,
    );
    for (const [s, { values }] of points.series.entries())
      for (const [i, value] of values.entries()) {
        const other = rolledUp.series[s]?.values[i] ?? Number.NaN;
        assert.ok(
          Math.abs(value - other) <= tolerance * Math.abs(value),
          `${query}: ${other} instead of ${value}`,
        );
      }
    return rolledUp.warnings;
  }

  it('give the same as points where a figure of buckets is known exactly', async () => {
    const exact = ['avg', 'min', 'max', 'sum', 'count', 'present'].map((of) => `${of}_over_time`);
    for (const call of exact)
      for (const range of ['1h', '2h'])
        assert.match((await compare(`${call}(load[${range}])`, 1e-12)).join(), /roll-ups of 1h/);
    assert.match((await compare('max_over_time(load[10m])', 1e-12, { step: 10 * MINUTE })).join(), /of 1m/);
    assert.match(
      (await compare('sum by (host) (max_over_time(load[30m]) - min_over_time(load[30m]))', 1e-12)).join(),
      /max_over_time\(load\): read from roll-ups of 1m, .*min_over_time\(load\): read/,
    );
    assert.deepEqual((await ask('absent_over_time(load[1h])', { longestBucket: DAY })).series, []);
  });

  it('give nearly the same where they stand for what lies between', async () => {
    // Of counters, since increases need no extrapolation to the ends of the range.
    await compare('rate(requests_total[1h])', 0.02);
    await compare('increase(requests_total[2h])', 0.02);
    await compare('rate(requests_total[5m])', 0.05);
    // A mean instead of the last point, of a wave that takes hours.
    await compare('load', 0.01, { longestBucket: MINUTE });
    await compare('last_over_time(load[1h])', 0.01, { longestBucket: MINUTE });
    await compare('predict_linear(load[1h], 600)', 0.01);
    await compare('deriv(load[2h])', 0.02);
  });

  it('are read where points are too many, which the answer says', async () => {
    const { series, warnings } = await ask('avg_over_time(load[1h])', { maxSamples: 2 * POINTS_OF_HOUR });
    assert.deepEqual(warnings, [
      `avg_over_time(load): read from roll-ups of 1h, of each the sum of its points, since its points are more than the ${2 * POINTS_OF_HOUR} that are left of those allowed (TACTUS_API_PROMQL_MAX_SAMPLES)`,
    ]);
    const whole = await ask('avg_over_time(load[1h])');
    assert.deepEqual(whole.warnings, []);
    assert.deepEqual(
      series.map(({ values }) => [...values].map(Math.fround)),
      whole.series.map(({ values }) => [...values].map(Math.fround)),
    );
    // By a pattern, too, and in a longer time, whose points are counted first.
    for (const asked of [{}, { start: START - 2 * DAY }])
      assert.match(
        (
          await ask('max_over_time({__name__=~"loa.", host="h1"}[1h])', { ...asked, maxSamples: 500 })
        ).warnings.join(),
        /^max_over_time\(\{…\}\): read from roll-ups of 1h/,
      );
  });

  it('are not read where the points of other series would be too many', async () => {
    const { series, warnings } = await ask('max_over_time({__name__=~"loa.", host="h1"}[1h])', {
      ...{ start: START - 2 * DAY, maxSamples: 4 * POINTS_OF_HOUR },
    });
    assert.deepEqual([series.length, warnings], [1, []]);
  });

  it('are not read for what they do not have', async () => {
    const refused = {
      'quantile_over_time(0.9, load[1h])':
        /too many samples.* roll-ups do not have what quantile_over_time\(\) needs/,
      'changes(load[1h])': /roll-ups do not have what changes\(\) needs/,
      'sum(timestamp(load))': /roll-ups do not have what timestamp\(\) needs/,
      'rate(load[30s])': /the range is too short for roll-ups/,
    };
    for (const [query, message] of Object.entries(refused))
      await assert.rejects(ask(query, { maxSamples: 500 }), (error) => {
        assert.ok(error instanceof TactusError);
        assert.equal(error.code, 'TACTUS_PROMQL_FAILED');
        assert.match(error.message, message);
        return true;
      });
    await assert.rejects(
      ask('load', { maxSamples: 3, step: MINUTE }),
      /even roll-ups of 1m are more than the 3/,
    );
    // The increase of a gauge is not known.
    assert.deepEqual((await ask('rate(load[1h])', { longestBucket: DAY })).series, []);
  });

  it('are read where points may be gone', async () => {
    const { pool } = database;
    await pool.query('INSERT INTO tactus.tenant_profiles (tenant_id, raw_days) VALUES ($1, 1)', [TENANT]);
    // As the retention does.
    await pool.query(`SELECT drop_chunks('tactus.metric_points', older_than => now() - INTERVAL '1 day')`);
    const { series, warnings } = await ask('sum(sum_over_time(load[1h]))');
    assert.match(
      warnings.join(),
      /roll-ups of 1h, of each the sum of its points, since points before \S+Z may have been removed$/,
    );
    assert.equal(series[0]?.values.length, 5);
    assert.equal((await ask('count(load)')).series[0]?.values[0], 2);
    const partial = await ask('stddev_over_time(load[1h])');
    assert.deepEqual(partial.series, []);
    assert.match(
      partial.warnings.join(),
      /^stddev_over_time\(load\): points before .* may have been removed, and roll-ups do not have/,
    );
    // What is of today is of points.
    assert.deepEqual((await ask('load', { start: NOW - HOUR, end: NOW })).warnings, []);
    await pool.query('UPDATE tactus.tenant_profiles SET tenant_id = $1', ['another']);
    assert.deepEqual((await ask('load')).warnings, []);
  });
});
