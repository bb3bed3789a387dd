import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MetricPoint, Rollup, WindowAggregate } from '../../../../schemas/types.js';
import { saveCorrections } from '../../../../services/batch/reconcile/corrections.js';
import { BUCKET_MS, type Bucket, bucketStart } from '../../../../services/batch/rollups/buckets.js';
import { rollUpMembers } from '../../../../services/batch/rollups/members.js';
import { publishNewFigures } from '../../../../services/batch/rollups/publish-new.js';
import { metricPoints, windows } from '../../../../services/sink/timescale/tables.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { type AlignedDefinition, DEFAULT_DEFINITIONS } from '../../../../shared/windows/definition.js';
import { DistinctSketch, MAX_EXACT } from '../../../../shared/windows/distinct.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { pointOf } from '../../../support/point.js';
import { NOON } from '../../sink/samples.js';
import { store } from '../reconcile/rounds.js';
import { streamWindows } from '../reconcile/stream-windows.js';

const [TEN_SECONDS] = DEFAULT_DEFINITIONS as [AlignedDefinition];
const [MINUTE, HOUR, DAY] = [BUCKET_MS['1m'], BUCKET_MS['1h'], BUCKET_MS['1d']];
/** Of three hours and two days. */
const MINUTES = [NOON, NOON + MINUTE, NOON + HOUR, NOON + DAY];
/** More than are written at once, whose windows are more than are read at once. */
const SERIES = 120;
const CROWD = 1_200;

const member = (host: number, timestamp: number, value: number): MetricPoint =>
  pointOf({ kind: 'member', metric: 'users', tags: { host: `h${host}` }, timestamp, value });

function windowsOf(points: readonly MetricPoint[]): WindowAggregate[] {
  return streamWindows(TEN_SECONDS, points).map((window) => {
    const { start, end, tags } = window;
    const inside = points.filter(
      ({ timestamp, tags: own }) => own.host === tags.host && timestamp >= start && timestamp < end,
    );
    const sketch = sketchOf(inside);
    return { ...window, distinct: sketch.count, sketch: sketch.write() };
  });
}

function sketchOf(points: readonly MetricPoint[]): DistinctSketch {
  const sketch = new DistinctSketch();
  for (const { value } of points) sketch.add(value);
  return sketch;
}

describe('members of minutes, hours and days', () => {
  let database: TestDatabase;
  const points: MetricPoint[] = [];
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    for (const [n, minute] of MINUTES.entries())
      for (let host = 0; host < SERIES; host++)
        for (let at = 0; at < MINUTE; at += 5_000)
          points.push(member(host, minute + at, (host * 7 + n * (at / 5_000)) % 19));
    for (let i = 0; i < CROWD; i++) points.push(member(0, NOON + ((i * 37) % MINUTE), 1_000_000 + i));
    await add(points);
  });
  after(() => database.stop());

  async function add(some: readonly MetricPoint[]): Promise<void> {
    await store(database.pool, metricPoints, some);
    await store(database.pool, windows, windowsOf(some));
  }

  const rollUp = (minute: number) => rollUpMembers(database.pool, TEN_SECONDS, minute);

  /** By start and host, as anybody asks for them. */
  async function found(bucket: Bucket): Promise<Map<string, number | null>> {
    const { rows } = await database.pool.query<{ start: Date; host: string; distinct: number | null }>(
      `SELECT bucket AS start, tags ->> 'host' AS host, "distinct"::int AS "distinct" FROM tactus.rollup_${bucket}_members`,
    );
    return new Map(rows.map(({ start, host, distinct }) => [`${start.getTime()} ${host}`, distinct]));
  }

  /** The number of members over all points, by a set for those that are few. */
  function expected(bucket: Bucket): Map<string, number | null> {
    const sets = new Map<string, MetricPoint[]>();
    for (const point of points) {
      const key = `${bucketStart(bucket, point.timestamp)} ${point.tags.host}`;
      const inside = sets.get(key) ?? [];
      sets.set(key, inside);
      inside.push(point);
    }
    const countOf = (inside: readonly MetricPoint[]) => {
      const { size } = new Set(inside.map(({ value }) => value));
      return size <= MAX_EXACT ? size : sketchOf(inside).count;
    };
    return new Map([...sets].map(([key, inside]) => [key, countOf(inside)]));
  }

  /** `unknown` are the hosts of which the buckets of a minute have no number. */
  async function check(unknown: readonly string[] = [], minute = 0): Promise<void> {
    for (const bucket of ['1m', '1h', '1d'] as const) {
      const actual = await found(bucket);
      for (const [key, distinct] of expected(bucket)) {
        const [start, host] = key.split(' ') as [string, string];
        const isUnknown = unknown.includes(host) && Number(start) === bucketStart(bucket, minute);
        assert.equal(actual.get(key), isUnknown ? null : distinct, `${bucket} ${key}`);
      }
    }
  }

  const versions = async () =>
    (await database.pool.query('SELECT bucket, start, version FROM tactus.rollup_members ORDER BY 1, 2, 3'))
      .rows;

  it('are those of a set, whatever the order of the minutes, and once more', async () => {
    for (const n of [2, 0, 3, 1, 0]) await rollUp(MINUTES[n] as number);
    await check();
    const before = await versions();
    for (const minute of MINUTES) await rollUp(minute);
    assert.deepEqual(await versions(), before, 'what has not changed is not written');
    const { rows } = await database.pool.query(
      `SELECT bucket, count(sketch)::int AS sketches FROM tactus.rollup_members GROUP BY 1 ORDER BY 1`,
    );
    assert.deepEqual(rows, [
      { bucket: '1d', sketches: 2 * SERIES },
      { bucket: '1h', sketches: 3 * SERIES },
      { bucket: '1m', sketches: 0 },
    ]);
  });

  it('mark their hour and day, and are published once', async () => {
    const { pool } = database;
    const marks = await pool.query(
      `SELECT DISTINCT bucket FROM tactus.dirty_ranges WHERE bucket IN ('1h', '1d') ORDER BY 1`,
    );
    assert.deepEqual(marks.rows, [{ bucket: '1d' }, { bucket: '1h' }]);
    const published: Rollup[] = [];
    const publish = async (some: readonly Rollup[]) => {
      published.push(...some);
    };
    const wanted = expected('1m');
    for (const rows of [wanted.size, 0]) {
      published.length = 0;
      const sent = await publishNewFigures(pool, { now: () => NOON }, publish, new AbortController().signal);
      assert.deepEqual([sent, published.length], [rows, rows]);
      for (const { start, tags, distinct } of published)
        assert.equal(distinct, wanted.get(`${start} ${tags.host}`));
    }
  });

  it('take in late members, new ones and some that are there', async () => {
    const late = [member(0, NOON + 3_000, 77), member(1, NOON + 3_000, 7)];
    await store(database.pool, metricPoints, late);
    points.push(...late);
    const unknown = await found('1d');
    assert.equal(unknown.get(`${bucketStart('1d', NOON)} h0`), null, 'until the window is corrected');
    const corrected = windowsOf(
      points.filter(({ timestamp }) => Math.floor(timestamp / 10_000) === NOON / 10_000),
    );
    await saveCorrections(
      database.pool,
      corrected.filter(({ tags }) => tags.host === 'h0' || tags.host === 'h1'),
    );
    await rollUp(NOON);
    await check();
  });

  it('are not known where a window found no room for its sketch or has bytes that are none, until it is corrected', async () => {
    const { pool } = database;
    const minute = NOON + 2 * HOUR;
    const more = [0, 1, 2].flatMap((host) =>
      [0, 20_000, 40_000].map((at) => member(host, minute + at, 500 + host + at)),
    );
    await add(more);
    points.push(...more);
    const start = new Date(minute + 20_000);
    const set = 'UPDATE tactus.windows SET "distinct" = $2, sketch = $3 WHERE start = $1 AND tags = $4';
    await pool.query(set, [start, null, null, '{"host":"h0"}']);
    await pool.query(set, [start, 1, Buffer.from([1, 0, 9]), '{"host":"h1"}']);
    await rollUp(minute);
    await check(['h0', 'h1'], minute);
    const { rows } = await pool.query(
      `SELECT count::int AS count, "distinct"::int AS "distinct" FROM tactus.rollup_members
       WHERE bucket = '1m' AND start = $1 AND tags = '{"host":"h0"}'`,
      [new Date(minute)],
    );
    assert.deepEqual(rows, [{ count: 2, distinct: 2 }], 'of the others it says how many they are of');
    await saveCorrections(
      pool,
      windowsOf(more).filter(({ start: at, tags }) => at === minute + 20_000 && tags.host !== 'h2'),
    );
    await rollUp(minute);
    await check();
  });
});
