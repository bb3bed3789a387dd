import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../../../schemas/types.js';
import { latePoints, metricPoints, windows } from '../../../../services/sink/timescale/tables.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import type { AlignedDefinition } from '../../../../shared/windows/definition.js';
import { DistinctSketch } from '../../../../shared/windows/distinct.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { pointOf } from '../../../support/point.js';
import { runWindowing } from '../../../support/run-windowing.js';
import { NOON } from '../../sink/samples.js';
import { Rounds, store } from './rounds.js';

/** Every third window begins at a multiple of its size, and carries a sketch. */
const HOPPING: AlignedDefinition = {
  ...{ name: 'hop', metrics: '*', tenants: '*', groupBy: null },
  ...{ sizeMs: 30_000, advanceMs: 10_000, graceMs: 2_000 },
};
const MINUTE = 60_000;
const CROWD = 1_500;

const user = (id: string, second: number, value: number, change: Partial<MetricPoint> = {}): MetricPoint =>
  pointOf({
    ...{ kind: 'member', metric: 'users', id, timestamp: NOON + second * 1_000, value },
    ...change,
  });

/** Three of four members in the first half minute, a crowd in the second one, and points beside them that are no members. */
const IN_TIME = [
  user('a1', 1, 7),
  user('b1', 5, 9_000_000_001),
  user('a2', 12, 7),
  user('none', 14, 7.5),
  user('zero', 21, 0),
  ...Array.from({ length: CROWD }, (_, i) => user(`crowd${i}`, 31 + (i % 25), i * 1_000_003)),
  user('gauge', 61, 4, { kind: 'gauge', tags: { of: 'gauges' } }),
];
/** One that the windows have not, and one that they have. */
const LATE = [user('late new', 11, 4_503_599_627_370_495), user('late known', 2, 7)];

describe('members, from windows to corrections and roll-ups', () => {
  let database: TestDatabase;
  let rounds: Rounds;
  let late: LatePoint[];
  let written: WindowAggregate[];
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    rounds = new Rounds(database.pool, HOPPING);
    ({ late, written } = stream());
    await store(database.pool, metricPoints, IN_TIME);
    await store(database.pool, windows, written);
  });
  after(() => database.stop());

  /** What the stream writes, with as much room for sketches of one tenant in a pane. */
  function stream(maxSketchBytesOfTenant?: number): { late: LatePoint[]; written: WindowAggregate[] } {
    const inOrder = [...IN_TIME].sort((a, b) => a.timestamp - b.timestamp);
    const steps = [
      ...inOrder.map((point) => ({ now: point.timestamp + 10, points: [point] })),
      { now: NOON + 62_000, points: LATE },
      // Closes all windows.
      { now: NOON + 300_000, points: [pointOf({ metric: 'other', timestamp: NOON + 300_000 })] },
    ];
    const limits = maxSketchBytesOfTenant === undefined ? {} : { maxSketchBytesOfTenant };
    const result = runWindowing([HOPPING], steps, limits);
    return { late: result.late, written: result.written.filter(({ metric }) => metric === 'users') };
  }

  const startOf = ({ start }: { start: number }) => (start - NOON) / 1_000;

  /** The members of a window, by a plain look at the points. */
  function membersOf(points: readonly MetricPoint[], start: number): Set<number> {
    return new Set(
      points
        .filter(({ timestamp, value }) => timestamp >= start && timestamp < start + 30_000 && value % 1 === 0)
        .filter(({ kind }) => kind === 'member')
        .map(({ value }) => value),
    );
  }

  function sketchOf(members: Iterable<number>): DistinctSketch {
    const sketch = new DistinctSketch();
    for (const each of members) sketch.add(each);
    return sketch;
  }

  /** Both of its windows that follow each other. */
  const minuteOf = (points: readonly MetricPoint[]) => [
    ...membersOf(points, NOON),
    ...membersOf(points, NOON + 30_000),
  ];

  /** Points and members of the first minute, as it was published, and as the database has it, its hour and its day. */
  async function rolledUp(): Promise<unknown> {
    const published = rounds.rollups.map(({ start, count, distinct }) => [start - NOON, count, distinct]);
    assert.equal(published.length, 1, JSON.stringify(published));
    const [[, count, distinct]] = published as [[number, number, number]];
    for (const bucket of ['1m', '1h', '1d']) {
      const { rows } = await database.pool.query(
        `SELECT count::int AS count, "distinct"::int AS "distinct" FROM tactus.rollup_${bucket}_members
         WHERE metric = 'users' AND tags = '{}'`,
      );
      assert.deepEqual(rows, [{ count, distinct }], bucket);
    }
    return [count, distinct];
  }

  it('finds what the stream counts right, whether exact or estimated', async () => {
    await rounds.round([NOON - MINUTE, NOON, NOON + MINUTE]);
    assert.deepEqual(rounds.corrections, []);
    assert.deepEqual(await rolledUp(), [1_505, sketchOf(minuteOf(IN_TIME)).count]);
    const none = { late: 0, refused: 0, missing: 0, duplicated: 0, wrong: 0 };
    assert.deepEqual(await rounds.tallies(), [
      [2, 2, none],
      [8, 8, none],
      [1, 1, none],
    ]);
    const crowd = written.find((window) => startOf(window) === 30);
    assert.notEqual(crowd?.distinct, CROWD, 'an estimate');
    assert.equal(crowd?.distinct, sketchOf(membersOf(IN_TIME, NOON + 30_000)).count);
  });

  it('corrects windows for late members, with the sketch of all of them', async () => {
    await store(database.pool, metricPoints, LATE);
    await store(database.pool, latePoints, late);
    await rounds.round([NOON]);
    const all = [...IN_TIME, ...LATE];
    assert.deepEqual(rounds.corrections.map(startOf), [-20, -10, 0, 10]);
    assert.deepEqual(rounds.corrections.map(({ distinct }) => distinct).slice(0, 3), [2, 3, 4]);
    for (const { start, end, count, distinct, sketch } of rounds.corrections) {
      const inside = all.filter(({ timestamp }) => timestamp >= start && timestamp < end);
      assert.equal(count, inside.length);
      const members = sketchOf(membersOf(all, start));
      assert.equal(distinct, members.count);
      const wanted = start % HOPPING.sizeMs === 0 ? members.write().toString('hex') : undefined;
      assert.equal(sketch?.toString('hex'), wanted);
    }
    assert.deepEqual(await rolledUp(), [1_507, sketchOf(minuteOf(all)).count]);
    await rounds.round([NOON - MINUTE, NOON]);
    assert.deepEqual([rounds.corrections, rounds.rollups], [[], []], 'once per change');
  });

  it('corrects windows whose members found no room, which is no fault', async () => {
    const { pool } = database;
    const bounded = stream(4_000).written;
    const without = bounded.filter(({ distinct, tags }) => distinct === null && tags.of === undefined);
    assert.deepEqual(without.map(startOf), [10, 20, 30, 40, 50], 'those with the crowd');
    await pool.query('DELETE FROM tactus.windows');
    await store(pool, windows, bounded);
    await rounds.round([NOON]);
    // The first one is corrected already.
    assert.deepEqual(rounds.corrections.map(startOf), [20, 30, 40, 50]);
    for (const { start, distinct, sketch } of rounds.corrections) {
      const members = sketchOf(membersOf([...IN_TIME, ...LATE], start));
      assert.equal(distinct, members.count);
      const wanted = start % HOPPING.sizeMs === 0 ? members.write().toString('hex') : undefined;
      assert.equal(sketch?.toString('hex'), wanted);
    }
    const [, , causes] = (await rounds.tallies())[1] ?? [];
    assert.deepEqual([causes?.refused, causes?.wrong], [4, 0]);
    await rounds.round([NOON]);
    assert.deepEqual(rounds.corrections, [], 'once per change');
    await pool.query('DELETE FROM tactus.windows');
    await store(pool, windows, written);
  });

  it('finds a wrong estimate, and members of points that are none', async () => {
    const { pool } = database;
    await pool.query(`UPDATE tactus.windows SET "distinct" = "distinct" * 1.1 WHERE start = $1`, [
      new Date(NOON + 20_000),
    ]);
    await pool.query(`UPDATE tactus.windows SET "distinct" = 1 WHERE start = $1`, [new Date(NOON + 60_000)]);
    await rounds.round([NOON, NOON + MINUTE]);
    assert.deepEqual(
      (await rounds.tallies()).map(([, , { wrong }]) => wrong),
      [0, 1, 1],
    );
  });
});
