import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import type { MetricPoint, Rollup } from '../../../../schemas/types.js';
import { Lease } from '../../../../services/batch/database/lease.js';
import { BUCKETS } from '../../../../services/batch/rollups/buckets.js';
import { Refresher, type RefresherParts } from '../../../../services/batch/rollups/refresher.js';
import { RollupTelemetry } from '../../../../services/batch/rollups/telemetry.js';
import { metricPoints } from '../../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../../services/sink/timescale/write-rows.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { point } from '../../sink/samples.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A day apart for each test: all share one database, whose roll-ups cannot be emptied. */
let day = Date.UTC(2026, 0, 1);

describe('the refresher', () => {
  let database: TestDatabase;
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());
  beforeEach(async () => {
    day += 10 * DAY;
    await database.pool.query('TRUNCATE tactus.dirty_ranges, tactus.leases');
  });

  let ids = 0;
  async function store(points: readonly Partial<MetricPoint>[]): Promise<void> {
    const rows = points.map((change, index) => ({ index, value: point({ id: `r${ids++}`, ...change }) }));
    const { refusals } = await writeRows(database.pool, metricPoints, rows, 5_000);
    assert.deepEqual(refusals, []);
  }

  function refresher(change: Partial<RefresherParts> & { now: () => number; holder?: string }) {
    const published: Rollup[] = [];
    const parts: RefresherParts = {
      pool: database.pool,
      lease: new Lease(database.pool, 'batch', change.holder ?? 'test', 30_000),
      clock: { now: change.now },
      telemetry: new RollupTelemetry(new Registry()),
      publish: async (rollups) => {
        published.push(...rollups);
      },
      marks: () => [],
      keptSince: async () => Number.NEGATIVE_INFINITY,
      republishIntervalMs: MINUTE,
      maxRangesPerRound: 10_000,
      stopping: new AbortController().signal,
      ...change,
    };
    return { refresher: new Refresher(parts), published };
  }

  async function dirty(): Promise<string[]> {
    const { rows } = await database.pool.query<{ mark: string }>(
      `SELECT bucket || ' ' || to_char(start AT TIME ZONE 'UTC', 'DD HH24:MI') AS mark FROM tactus.dirty_ranges ORDER BY bucket, start`,
    );
    return rows.map(({ mark }) => mark);
  }

  /** Where the roll-ups of this test's days are not what the points say; sums rounded, because their order is not given. */
  async function differences(): Promise<unknown[]> {
    const views = { '1m': '1 minute', '1h': '1 hour', '1d': '1 day' };
    const found: unknown[] = [];
    for (const bucket of BUCKETS) {
      const columns = 'bucket, tenant_id, metric, tags, count, round(sum::numeric, 6) AS sum, min, max';
      const expected = `SELECT time_bucket(INTERVAL '${views[bucket]}', time) AS bucket, tenant_id, metric, tags,
        count(*) AS count, round(sum(value)::numeric, 6) AS sum, min(value), max(value)
        FROM tactus.metric_points WHERE time >= $1 GROUP BY 1, 2, 3, 4`;
      const actual = `SELECT ${columns} FROM tactus.rollup_${bucket} WHERE bucket >= $1`;
      const { rows } = await database.pool.query(
        `(${expected} EXCEPT ${actual}) UNION ALL (${actual} EXCEPT ${expected})`,
        [new Date(day)],
      );
      found.push(...rows);
    }
    return found;
  }

  /** The same of what is stored of the roll-ups, without what is computed when it is read. */
  async function storedDifferences(): Promise<unknown[]> {
    const storedOnly = async (only: boolean) => {
      for (const bucket of BUCKETS)
        await database.pool.query(
          `ALTER MATERIALIZED VIEW tactus.rollup_${bucket} SET (timescaledb.materialized_only = ${only})`,
        );
    };
    await storedOnly(true);
    try {
      return await differences();
    } finally {
      await storedOnly(false);
    }
  }

  it('makes roll-ups that equal SQL over the points, and publishes each row of them', async () => {
    const start = day;
    const points = Array.from({ length: 3_000 }, (_, i) => ({
      tenantId: `t${i % 3}`,
      metric: i % 2 === 0 ? 'cpu' : 'mem',
      tags: i % 5 === 0 ? {} : { host: `h${i % 4}` },
      timestamp: start + ((i * 7_919_003) % (2 * DAY)),
      value: Math.sin(i) * 1_000,
    }));
    await store(points);
    const { refresher: worker, published } = refresher({ now: () => start + 3 * DAY });
    assert.equal(await worker.round(), 'done');
    assert.deepEqual(await storedDifferences(), []);
    assert.deepEqual(await dirty(), []);
    for (const bucket of BUCKETS) {
      const { rows } = await database.pool.query(
        `SELECT count(*)::int AS n, round(sum(sum)::numeric, 4)::float8 AS sum, sum(count)::int AS count
         FROM tactus.rollup_${bucket} WHERE bucket >= $1`,
        [new Date(start)],
      );
      const sent = published.filter((rollup) => rollup.bucket === bucket);
      const keys = new Set(sent.map((r) => JSON.stringify([r.tenantId, r.metric, r.tags, r.start])));
      assert.equal(keys.size, rows[0].n);
      assert.equal(sent.length, rows[0].n, 'once each');
      assert.equal(
        sent.reduce((sum, r) => sum + r.count, 0),
        rows[0].count,
      );
      assert.ok(Math.abs(sent.reduce((sum, r) => sum + r.sum, 0) - rows[0].sum) < 1e-3);
      for (const r of sent) assert.equal(r.mean, r.sum / r.count);
    }
  });

  it('takes late points into minutes, hours and days that were refreshed before', async () => {
    const now = { ms: day + 2 * DAY };
    await store([{ timestamp: day + 5 * MINUTE, value: 1 }]);
    const { refresher: worker, published } = refresher({ now: () => now.ms });
    await worker.round();
    published.length = 0;
    await store([{ timestamp: day + 5 * MINUTE + 1, value: 3 }]);
    await worker.round();
    assert.deepEqual(
      published.map(({ bucket, count, mean }) => [bucket, count, mean]),
      [['1m', 2, 2]],
    );
    // The hour and the day were published a moment ago: they keep their marks and wait for their turn.
    assert.equal((await dirty()).length, 2);
    now.ms += MINUTE;
    await worker.round();
    assert.deepEqual(
      published.map(({ bucket, count, mean }) => [bucket, count, mean]),
      BUCKETS.map((bucket) => [bucket, 2, 2]),
    );
    assert.deepEqual(await storedDifferences(), []);
    assert.deepEqual(await dirty(), []);
  });

  it('publishes open buckets at its throttle, and has them right in the database at any time', async () => {
    const now = { ms: day + 10 * HOUR + 30_000 };
    const { refresher: worker, published } = refresher({ now: () => now.ms });
    await store([{ timestamp: day + 10 * HOUR + 1_000, value: 1 }]);
    await worker.round();
    await store([{ timestamp: day + 10 * HOUR + 2_000, value: 2 }]);
    assert.deepEqual(await differences(), []);
    now.ms += 10_000;
    await worker.round();
    assert.deepEqual(
      published.map(({ bucket, count }) => [bucket, count]),
      [['1m', 1]],
    );
    now.ms += 20_000;
    await worker.round();
    assert.deepEqual(
      published.map(({ bucket, count }) => [bucket, count]),
      [
        ['1m', 1],
        ['1m', 2],
        ['1h', 2],
        ['1d', 2],
      ],
    );
    assert.equal((await dirty()).length, 2);
    now.ms = day + 11 * HOUR;
    await worker.round();
    assert.deepEqual(
      published.slice(4).map(({ bucket }) => bucket),
      ['1h', '1d'],
    );
    assert.deepEqual(await dirty(), [`1d ${new Date(day).toISOString().slice(8, 10)} 00:00`]);
  });

  it('publishes an open bucket once per change, also over a restart', async () => {
    const now = () => day + 30_000;
    const publishedBy = async () => {
      const { refresher: worker, published } = refresher({ now });
      await worker.round();
      return published.map(({ bucket, count }) => [bucket, count]);
    };
    await store([{ timestamp: day + 1_000 }]);
    assert.deepEqual(await publishedBy(), [['1m', 1]]);
    assert.deepEqual(await publishedBy(), []);
    await store([{ timestamp: day + 2_000 }]);
    assert.deepEqual(await publishedBy(), [['1m', 2]]);
  });

  it('keeps a mark that was set again while it worked', async () => {
    await store([{ timestamp: day, value: 1 }]);
    const now = { ms: day + 2 * DAY };
    let interfered = false;
    const { refresher: worker, published } = refresher({
      now: () => now.ms,
      publish: async (rollups) => {
        published.push(...rollups);
        if (interfered) return;
        interfered = true;
        await store([{ timestamp: day + 1, value: 5 }]);
      },
    });
    await worker.round();
    assert.match((await dirty()).at(-1) ?? '', /^1m/);
    now.ms += MINUTE;
    await worker.round();
    assert.deepEqual(await storedDifferences(), []);
    assert.deepEqual(
      published.filter(({ bucket }) => bucket === '1m').map(({ sum }) => sum),
      [1, 6],
    );
  });

  it('never refreshes where points may have been dropped, so that roll-ups outlive them', async () => {
    const now = () => day + 2 * DAY;
    await store([{ timestamp: day, value: 1 }]);
    await refresher({ now }).refresher.round();
    await database.pool.query('DELETE FROM tactus.metric_points WHERE time = $1', [new Date(day)]);
    await store([
      { timestamp: day + 1, value: 7 },
      { timestamp: day + DAY, value: 5 },
    ]);
    const { refresher: worker, published } = refresher({ now, keptSince: async () => day + DAY + 30_000 });
    await worker.round();
    assert.deepEqual(
      published.map(({ bucket, sum }) => [bucket, sum]),
      BUCKETS.map((bucket) => [bucket, 5]),
    );
    assert.deepEqual(await dirty(), []);
    const { rows } = await database.pool.query('SELECT sum FROM tactus.rollup_1m WHERE bucket = $1', [
      new Date(day),
    ]);
    assert.deepEqual(rows, [{ sum: 1 }]);
  });

  it('marks what else hangs on the minutes together with the coarser buckets', async () => {
    await store([{ timestamp: day, value: 1 }]);
    const marks = (minutes: readonly number[]) => minutes.map((start) => ({ bucket: 'windows:10s', start }));
    await refresher({ now: () => day + MINUTE, marks }).refresher.round();
    const at = new Date(day).toISOString().slice(8, 10);
    assert.deepEqual(await dirty(), [`1d ${at} 00:00`, `1h ${at} 00:00`, `windows:10s ${at} 00:00`]);
  });

  it('does again what a crash before the acknowledgement left undone', async () => {
    await store([{ timestamp: day, value: 1 }]);
    const crashing = refresher({
      now: () => day + 2 * DAY,
      publish: () => Promise.reject(new Error('the process ends here')),
    });
    await assert.rejects(crashing.refresher.round(), /ends here/);
    const { refresher: next, published } = refresher({ now: () => day + 2 * DAY });
    await next.round();
    assert.deepEqual(
      published.map(({ bucket }) => bucket),
      [...BUCKETS],
    );
    assert.deepEqual(await dirty(), []);
  });

  it('works off a backlog in bounded rounds, the longest untouched first', async () => {
    const minutes = [4, 0, 3, 1, 2];
    for (const n of minutes) await store([{ timestamp: day + n * MINUTE }]);
    const { refresher: worker, published } = refresher({ now: () => day + 2 * DAY, maxRangesPerRound: 2 });
    const seen = () => published.filter(({ bucket }) => bucket === '1m').map((r) => (r.start - day) / MINUTE);
    assert.equal(await worker.round(), 'more');
    assert.deepEqual(seen(), [0, 4]);
    assert.equal(await worker.round(), 'more');
    assert.equal(await worker.round(), 'done');
    assert.deepEqual(seen(), [0, 4, 1, 3, 2]);
  });

  it('publishes a bucket with more series than a page, each once', async () => {
    const points = Array.from({ length: 4_500 }, (_, i) => ({
      timestamp: day,
      tags: { n: `${i}` },
      value: i,
    }));
    await store(points);
    const { refresher: worker, published } = refresher({ now: () => day + 2 * DAY });
    await worker.round();
    const minutes = published.filter(({ bucket }) => bucket === '1m').map(({ sum }) => sum);
    assert.deepEqual(
      minutes.sort((a, b) => a - b),
      points.map(({ value }) => value),
    );
  });

  it('stands by while another instance holds the lease, and takes over when that has expired or is given back', async () => {
    await store([{ timestamp: day }]);
    const now = () => day + 2 * DAY;
    const first = new Lease(database.pool, 'batch', 'first', 3_600_000);
    const { refresher: second } = refresher({ now, holder: 'second' });
    assert.equal(await first.acquire(), true);
    assert.equal(await second.round(), 'standby');
    await first.release();
    assert.equal(await second.round(), 'done');
    assert.equal(await first.acquire(), false);
    await database.pool.query(`UPDATE tactus.leases SET expires_at = now() - INTERVAL '1 ms'`);
    assert.equal(await first.acquire(), true);
    assert.equal(await second.round(), 'standby');
  });
});
