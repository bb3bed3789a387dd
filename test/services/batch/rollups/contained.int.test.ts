import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { MetricPoint } from '../../../../schemas/types.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { refresherOf } from './refresher-of.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('roll-ups beside data that fail', () => {
  let database: TestDatabase;
  let day = Date.UTC(2026, 0, 1);
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());
  beforeEach(async () => {
    day += 10 * DAY;
    await database.pool.query(
      'TRUNCATE tactus.dirty_ranges, tactus.leases, tactus.refused_points, tactus.refused_rollups',
    );
  });

  let ids = 0;
  /** Past ingest and the sink, as what was stored by an earlier build. */
  async function put(
    points: readonly Pick<MetricPoint, 'tenantId' | 'timestamp' | 'value'>[],
  ): Promise<void> {
    for (const { tenantId, timestamp, value } of points) {
      await database.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id) VALUES ($1, $2, 'm', '{}', $3, $4)`,
        [new Date(timestamp), tenantId, value, `c${ids++}`],
      );
      await database.pool.query(
        `INSERT INTO tactus.dirty_ranges (bucket, start) VALUES ('1m', time_bucket('1 minute', $1::timestamptz))
         ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version`,
        [new Date(timestamp)],
      );
    }
  }

  const refused = async () =>
    (
      await database.pool.query(
        `SELECT tenant_id, count(*)::int AS points FROM tactus.refused_points GROUP BY 1 ORDER BY 1`,
      )
    ).rows;
  const good = (timestamp: number, value: number) => ({ tenantId: 'good', timestamp, value });
  const bad = (timestamp: number, value = 1.5e308) => ({ tenantId: 'bad', timestamp, value });

  it('moves points away whose sum is more than a number holds, and rolls up everything else of that minute', async () => {
    await put([good(day, 1), bad(day + 1), bad(day + 2), bad(day + 3, 2), good(day + 4 * MINUTE, 3)]);
    // One in a minute is no trouble there; two in an hour are.
    await put([bad(day + HOUR), good(day + HOUR, 4), bad(day + HOUR + MINUTE)]);
    const now = { ms: day + 3 * DAY };
    const { refresher, published, metrics } = refresherOf(database.pool, { now: () => now.ms });
    for (let rounds = 0; (await refresher.round()) === 'more' || rounds < 3; rounds++) {
      assert.ok(rounds < 10);
      now.ms += MINUTE;
    }
    const days = published
      .filter(({ bucket }) => bucket === '1d')
      .map(({ tenantId, sum }) => [tenantId, sum]);
    assert.deepEqual(days.slice(-2), [
      ['bad', 2],
      ['good', 8],
    ]);
    assert.deepEqual((await database.pool.query('SELECT bucket FROM tactus.dirty_ranges')).rows, []);
    assert.deepEqual(await refused(), [{ tenant_id: 'bad', points: 4 }]);
    assert.match(await metrics.metrics(), /^tactus_rollup_points_refused_total [4-8]$/m);
  });

  it('publishes an open minute of the others, too', async () => {
    await put([good(day, 1), bad(day + 1), bad(day + 2)]);
    const { refresher, published } = refresherOf(database.pool, { now: () => day + 30_000 });
    while ((await refresher.round()) === 'more');
    assert.deepEqual(
      published.map(({ bucket, tenantId, sum }) => [bucket, tenantId, sum]),
      [['1m', 'good', 1]],
    );
  });

  it('moves minutes away that were made of such points, where the points are gone', async () => {
    const now = { ms: day + 3 * DAY };
    await put([good(day, 1), bad(day), bad(day + MINUTE), good(day + HOUR, 2), good(day + DAY, 3)]);
    const { refresher, published } = refresherOf(database.pool, {
      now: () => now.ms,
      publish: async (rollups) => {
        published.push(...rollups);
        await database.pool.query(`DELETE FROM tactus.metric_points WHERE tenant_id = 'bad'`);
      },
    });
    for (let rounds = 0; (await refresher.round()) === 'more' || rounds < 3; rounds++) now.ms += MINUTE;
    const of = (wanted: string) =>
      published.filter(({ bucket }) => bucket === wanted).map(({ start, sum }) => [start - day, sum]);
    assert.deepEqual(of('1h'), [
      [0, 1],
      [HOUR, 2],
      [DAY, 3],
    ]);
    assert.deepEqual(of('1d'), [
      [0, 3],
      [DAY, 3],
    ]);
    const { rows } = await database.pool.query('SELECT view, tenant_id FROM tactus.refused_rollups');
    assert.deepEqual(rows, Array(2).fill({ view: 'rollup_1m', tenant_id: 'bad' }));
  });

  it('names a bucket that fails all the same, leaves it alone for an hour, and goes on with the others', async () => {
    const now = { ms: day + 3 * DAY };
    await put([good(day, 1), good(day + HOUR, 2), good(day + DAY, 3)]);
    const lines: string[] = [];
    // As from a server that finds fault with the data of one hour.
    const failing = {
      query: async (sql: string, parameters: unknown[]) => {
        const [view, start, end] = parameters as [string, number, number];
        if (sql.startsWith('CALL refresh') && view.endsWith('1h') && start <= day && end > day)
          throw Object.assign(new Error('cannot'), { severity: 'ERROR', code: '22003' });
        return await database.pool.query(sql, parameters);
      },
    } as unknown as TestDatabase['pool'];
    const { refresher, published, metrics } = refresherOf(failing, {
      now: () => now.ms,
      log: Object.assign(Object.create(null), { error: (_: object, line: string) => lines.push(line) }),
    });
    await refresher.round();
    assert.deepEqual(
      published.filter(({ bucket }) => bucket === '1h').map(({ start, sum }) => [start - day, sum]),
      [
        [HOUR, 2],
        [DAY, 3],
      ],
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', new RegExp(`roll-up 1h at ${new Date(day).toISOString()} fails: .*cannot`));
    assert.match(await metrics.metrics(), /^tactus_rollup_buckets_failed_total\{bucket="1h"\} 1$/m);
    assert.match(await metrics.metrics(), /^tactus_rollup_buckets_postponed\{bucket="1h"\} 1$/m);
    assert.match(await metrics.metrics(), /^tactus_batch_lag_seconds\{bucket="1h"\} 0$/m);
    await refresher.round();
    now.ms += HOUR - 1;
    await refresher.round();
    assert.equal(lines.length, 1);
    now.ms += 1;
    await refresher.round();
    assert.equal(lines.length, 2);
    assert.equal(await refresher.round(), 'done');
  });
});
