import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LatePoint, MetricPoint } from '../../../../schemas/types.js';
import { rollUpIncreases } from '../../../../services/batch/rollups/increases.js';
import { rollUpMinute } from '../../../../services/batch/rollups/roll-up-minute.js';
import { latePoints, metricPoints, windows } from '../../../../services/sink/timescale/tables.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { type AlignedDefinition, DEFAULT_DEFINITIONS } from '../../../../shared/windows/definition.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { pointOf } from '../../../support/point.js';
import { increaseOver } from '../../../support/recompute-increase.js';
import { runWindowing } from '../../../support/run-windowing.js';
import { NOON } from '../../sink/samples.js';
import { Rounds, store } from './rounds.js';

const [TEN_SECONDS] = DEFAULT_DEFINITIONS as [AlignedDefinition];
const IDLE_MS = 600_000;
const MINUTE = 60_000;

const counter = (second: number, value: number): MetricPoint =>
  pointOf({
    ...{ kind: 'cumulative', id: `c${second}`, timestamp: NOON + second * 1_000, value },
    metric: 'sent',
  });

/** Resets at 95 s; 13 of 20 in the first minute. */
const IN_TIME = [
  ...[1, 6, 11, 16, 21, 26, 31, 36, 41, 46, 51, 56].map((second, i) => counter(second, 100 + i * 2)),
  ...[61, 66, 71, 76, 81, 86, 91].map((second, i) => counter(second, 130 + i * 3)),
  ...[96, 101].map((second, i) => counter(second, 5 + i)),
];
/** Comes long after its window has closed, and is before the first one of the next minute. */
const LATE = counter(59, 127);

describe('counters, from windows to corrections and roll-ups', () => {
  let database: TestDatabase;
  let rounds: Rounds;
  let late: LatePoint[];
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
    rounds = new Rounds(database.pool, TEN_SECONDS, IDLE_MS);
    const steps = [
      ...IN_TIME.map((point) => ({ now: point.timestamp + 10, points: [point] })),
      { now: NOON + 102_000, points: [LATE] },
      // Closes all windows.
      { now: NOON + 300_000, points: [pointOf({ metric: 'other', timestamp: NOON + 300_000 })] },
    ];
    const result = runWindowing([TEN_SECONDS], steps);
    late = result.late;
    await store(database.pool, metricPoints, IN_TIME);
    await store(
      database.pool,
      windows,
      result.written.filter(({ metric }) => metric === 'sent'),
    );
  });
  after(() => database.stop());

  /** What has changed since the last call. */
  async function round(minutes: readonly number[]) {
    await rounds.round(minutes);
    return rounds.rollups.map(({ bucket, start, count, increase }) => [
      bucket,
      (start - NOON) / 1_000,
      count,
      increase,
    ]);
  }

  /** Of the database, as anybody asks for them. */
  async function increaseOf(bucket: '1m' | '1h' | '1d') {
    const { rows } = await database.pool.query(
      `SELECT increase FROM tactus.rollup_${bucket}_increase WHERE metric = 'sent' ORDER BY bucket`,
    );
    return rows.map(({ increase }) => increase as number | null);
  }

  it('finds the increases of the stream right, and rolls them up', async () => {
    assert.deepEqual(await round([NOON, NOON + MINUTE]), [
      ['1m', 0, 12, 22],
      ['1m', 60, 9, 8 + 18 + 5 + 1],
    ]);
    assert.deepEqual(rounds.corrections, []);
    const none = { late: 0, refused: 0, missing: 0, duplicated: 0, wrong: 0 };
    assert.deepEqual(await rounds.tallies(), [
      [6, 6, none],
      [5, 5, none],
    ]);
    const { rows } = await database.pool.query(
      `SELECT bucket FROM tactus.dirty_ranges WHERE bucket IN ('1h', '1d') ORDER BY bucket`,
    );
    assert.deepEqual(rows, [{ bucket: '1d' }, { bucket: '1h' }]);
    assert.deepEqual(await round([NOON, NOON + MINUTE]), [], 'nothing has changed');
  });

  it('corrects the window of a late point, and the next one in another slot', async () => {
    await store(database.pool, metricPoints, [LATE]);
    await store(database.pool, latePoints, late);
    // Only the slot of the late point is marked, as its minute is.
    assert.deepEqual(await round([NOON]), [
      ['1m', 0, 13, 27],
      ['1m', 60, 9, 3 + 18 + 5 + 1],
    ]);
    const all = [...IN_TIME, LATE];
    assert.deepEqual(
      rounds.corrections.map(({ start, count, increase, rate }) => [
        (start - NOON) / 1_000,
        count,
        increase,
        rate,
      ]),
      [
        [50, 3, 9, 0.9],
        [60, 2, 6, 0.6],
      ],
    );
    for (const { start, end, increase } of rounds.corrections)
      assert.equal(
        increase,
        increaseOver(
          all.filter(({ timestamp }) => timestamp < end),
          start,
          IDLE_MS,
        ),
      );
    const causes = (await rounds.tallies()).map(([, equal, { late: changed, wrong }]) => [
      equal,
      changed,
      wrong,
    ]);
    assert.deepEqual(causes, [
      [6, 1, 0],
      [5, 1, 0],
    ]);
    await round([NOON, NOON + MINUTE]);
    assert.deepEqual([rounds.corrections, rounds.rollups], [[], []], 'once per change');
  });

  it('adds up hours and days', async () => {
    await rollUpIncreases(database.pool, '1h', [NOON]);
    await rollUpIncreases(database.pool, '1d', [Math.floor(NOON / 86_400_000) * 86_400_000]);
    assert.deepEqual(await increaseOf('1m'), [27, 27]);
    assert.deepEqual(await increaseOf('1h'), [54]);
    assert.deepEqual(await increaseOf('1d'), [54]);
  });

  it('finds a wrong increase, one that lacks, and one of no counter', async () => {
    const { pool } = database;
    const at = (second: number) => new Date(NOON + second * 1_000);
    await pool.query('UPDATE tactus.windows SET increase = increase + 0.001 WHERE start = $1', [at(10)]);
    await pool.query('UPDATE tactus.windows SET increase = NULL WHERE start = $1', [at(20)]);
    await round([NOON]);
    assert.deepEqual((await rounds.tallies())[0], [
      6,
      4,
      { late: 1, refused: 0, missing: 0, duplicated: 0, wrong: 2 },
    ]);
    await pool.query(`UPDATE tactus.metric_points SET kind = 'gauge' WHERE time >= $1 AND time < $2`, [
      at(60),
      at(120),
    ]);
    await round([NOON + MINUTE]);
    assert.deepEqual((await rounds.tallies())[1], [
      5,
      0,
      { late: 0, refused: 0, missing: 0, duplicated: 0, wrong: 5 },
    ]);
  });

  it('has no increase for a roll-up whose windows do not count the same points', async () => {
    const [, second] = await increaseOf('1m');
    assert.equal(second, 27);
    await store(database.pool, metricPoints, [counter(75, 140)]);
    assert.deepEqual((await increaseOf('1m'))[1], null);
    assert.deepEqual(await increaseOf('1h'), [null]);
    await database.pool.query('DELETE FROM tactus.windows WHERE start = $1', [new Date(NOON + 30_000)]);
    await rollUpMinute(database.pool, TEN_SECONDS, NOON);
    assert.deepEqual((await increaseOf('1m'))[0], null);
  });
});
