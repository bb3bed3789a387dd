import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { MetricPoint } from '../../../../schemas/types.js';
import { Lease } from '../../../../services/batch/database/lease.js';
import { BUCKETS } from '../../../../services/batch/rollups/buckets.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { refresherOf, storePoints } from './refresher-of.js';

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

  const store = (points: readonly Partial<MetricPoint>[]) => storePoints(database.pool, points);
  const refresher = (change: Parameters<typeof refresherOf>[1]) => refresherOf(database.pool, change);

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

  it('keeps what was rolled up of points that have been dropped, and rolls up history of every tenant', async () => {
    const now = () => day + 2 * DAY;
    const hour = day + 4 * HOUR;
    await store([
      { timestamp: day, value: 1, tenantId: 'short' },
      { timestamp: day + 1, value: 2, tenantId: 'short' },
      { timestamp: day + 2, value: 3, tenantId: 'long' },
    ]);
    await refresher({ now }).refresher.round();
    await database.pool.query(`DELETE FROM tactus.metric_points WHERE tenant_id = 'short' AND time >= $1`, [
      new Date(day),
    ]);
    // Late for the tenant whose points are gone, and history of both, in minutes that had no point before and in one that had.
    await store([
      { timestamp: day + 3, value: 40, tenantId: 'short' },
      { timestamp: day + 4, value: 4, tenantId: 'long' },
      { timestamp: hour, value: 5, tenantId: 'long' },
      { timestamp: hour + 1, value: 6, tenantId: 'short' },
      { timestamp: hour + MINUTE, value: 7, tenantId: 'long', metric: 'mem' },
      { timestamp: day + DAY, value: 8, tenantId: 'long' },
    ]);
    const worker = refresher({ now, keptSince: async () => day + DAY + 30_000 });
    await worker.refresher.round();
    const right = {
      '1m': [
        [0, 'long', 2, 7],
        [0, 'short', 2, 3],
        [4 * HOUR, 'long', 1, 5],
        [4 * HOUR, 'short', 1, 6],
        [4 * HOUR + MINUTE, 'long', 1, 7],
        [DAY, 'long', 1, 8],
      ],
      '1h': [
        [0, 'long', 2, 7],
        [0, 'short', 2, 3],
        [4 * HOUR, 'long', 1, 5],
        [4 * HOUR, 'long', 1, 7],
        [4 * HOUR, 'short', 1, 6],
        [DAY, 'long', 1, 8],
      ],
      '1d': [
        [0, 'long', 1, 7],
        [0, 'long', 3, 12],
        [0, 'short', 3, 9],
        [DAY, 'long', 1, 8],
      ],
    };
    const stored = async (bucket: keyof typeof right) => {
      const { rows } = await database.pool.query(
        `SELECT (extract(epoch FROM bucket) * 1000 - $1)::float8 AS at, tenant_id, count::int AS count, sum
         FROM tactus.rollup_${bucket} WHERE bucket >= $2 ORDER BY 1, 2, 3, 4`,
        [day, new Date(day)],
      );
      return rows.map(({ at, tenant_id, count, sum }) => [at, tenant_id, count, sum]);
    };
    assert.deepEqual(await dirty(), []);
    for (const bucket of BUCKETS) {
      assert.deepEqual(await stored(bucket), right[bucket]);
      const sent = worker.published.filter((one) => one.bucket === bucket);
      assert.deepEqual(
        new Set(
          sent.map(({ start, tenantId, count, sum }) => JSON.stringify([start - day, tenantId, count, sum])),
        ),
        new Set(right[bucket].map((row) => JSON.stringify(row))),
      );
    }
    // The history once more, as when the topic is read again from its start.
    await database.pool.query(
      `INSERT INTO tactus.dirty_ranges (bucket, start) VALUES ('1m', $1), ('1m', $2)`,
      [new Date(day), new Date(hour)],
    );
    await refresher({ now, keptSince: async () => day + DAY + 30_000 }).refresher.round();
    for (const bucket of BUCKETS) assert.deepEqual(await stored(bucket), right[bucket]);
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

  it('refreshes the minute that has just closed in each round, before history, however much of that there is', async () => {
    const now = { ms: day + 20 * DAY + 30_000 };
    const live = now.ms - 90_000;
    for (let n = 0; n < 6; n++) await store([{ timestamp: day + n * 2 * HOUR }]);
    await store([{ timestamp: live }]);
    const { refresher: worker, published } = refresher({
      now: () => now.ms,
      maxRangesPerRound: 2,
      publish: async (rollups) => {
        published.push(...rollups);
        // As slow as a busy server.
        now.ms += 11_000;
      },
    });
    const minutes = () => published.filter(({ bucket }) => bucket === '1m').map(({ start }) => start);
    assert.equal(await worker.round(), 'more');
    assert.deepEqual(minutes(), [Math.floor(live / MINUTE) * MINUTE]);
    for (let rounds = 0; rounds < 30 && minutes().length < 7; rounds++) await worker.round();
    assert.deepEqual(
      minutes().slice(1),
      Array.from({ length: 6 }, (_, n) => day + n * 2 * HOUR),
    );
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
