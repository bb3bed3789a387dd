import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../../../schemas/types.js';
import { compareWindows } from '../../../../services/batch/reconcile/compare-windows.js';
import { dirtySlotMarks } from '../../../../services/batch/reconcile/dirty-slots.js';
import type { ComparisonContext } from '../../../../services/batch/reconcile/recheck.js';
import { Reconciler } from '../../../../services/batch/reconcile/reconciler.js';
import type { Difference } from '../../../../services/batch/reconcile/slot-comparison.js';
import { slotAt } from '../../../../services/batch/reconcile/slots.js';
import { StreamProgress } from '../../../../services/batch/reconcile/stream-progress.js';
import { DataQualityTelemetry } from '../../../../services/batch/reconcile/telemetry.js';
import { completeRanges } from '../../../../services/batch/rollups/dirty-ranges.js';
import { latePoints, metricPoints, type Table, windows } from '../../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../../services/sink/timescale/write-rows.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { createLogger } from '../../../../shared/process/logger.js';
import {
  type AlignedDefinition,
  DEFAULT_DEFINITIONS,
  type WindowDefinition,
} from '../../../../shared/windows/definition.js';
import { delayQuantile } from '../../../../shared/windows/delays.js';
import {
  accuracy,
  addTally,
  completeness,
  emptyTally,
  type Tally,
} from '../../../../shared/windows/tally.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { NOON, point } from '../../sink/samples.js';
import { Rest } from './rest.js';
import { streamWindows } from './stream-windows.js';

const [TEN_SECONDS, ONE_MINUTE] = DEFAULT_DEFINITIONS as [AlignedDefinition, AlignedDefinition];
const DEFINITIONS: readonly AlignedDefinition[] = [
  TEN_SECONDS,
  ONE_MINUTE,
  // No divisor of the time between the epoch and the year 2000, from which TimescaleDB counts by default.
  { ...TEN_SECONDS, name: '7s', sizeMs: 7_000, advanceMs: 7_000, groupBy: [] },
  { ...TEN_SECONDS, name: 'by-host', groupBy: ['host', 'zone'], metrics: 'c?u*', tenants: 'a*' },
];
const IDLE_MS = 600_000;
const NEVER = new AbortController().signal;
const SLOT = slotAt(TEN_SECONDS, NOON);

describe('reconciliation', () => {
  let database: TestDatabase;
  let rest: Rest;
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());
  beforeEach(async () => {
    rest = new Rest();
    await database.pool.query(
      'TRUNCATE tactus.metric_points, tactus.windows, tactus.late_points, tactus.dirty_ranges, tactus.reconciled, tactus.differences, tactus.corrections',
    );
  });

  async function store<T>(table: Table<T>, values: readonly T[]): Promise<void> {
    const rows = values.map((value, index) => ({ index, value }));
    assert.deepEqual((await writeRows(database.pool, table, rows, 5_000)).refusals, []);
  }

  /** Points over three minutes before and after noon, of several tenants, metrics and tags, with ties in time. */
  function someLoad(count: number): MetricPoint[] {
    return Array.from({ length: count }, (_, i) =>
      point({
        id: `i${i}`,
        tenantId: ['acme', 'bolt', 'able'][i % 3] as string,
        metric: ['cpu', 'cxu.idle', 'mem'][(i >> 2) % 3] as string,
        tags:
          i % 7 === 0 ? {} : { host: `h${i % 2}`, ...(i % 5 === 0 ? { zone: 'z' } : {}), core: `${i % 3}` },
        timestamp: NOON - 180_000 + ((i * 7_919) % 36_000) * 10,
        value: Math.sin(i) * 10 ** (i % 4),
      }),
    );
  }

  async function compare(definition: WindowDefinition, change: Partial<ComparisonContext> = {}, slot = SLOT) {
    const differences: Difference[] = [];
    const progress = new StreamProgress(rest, NEVER);
    await progress.advance();
    const result = await compareWindows(
      {
        ...{
          pool: database.pool,
          progress,
          tolerance: 1e-9,
          tenantId: null,
          catchUpMs: 1_000,
          signal: NEVER,
        },
        counters: { idleMs: IDLE_MS, since: Number.NEGATIVE_INFINITY, seen: new Set() },
        withMembers: new Set(),
        onDifferences: async (more) => {
          differences.push(...more);
        },
        ...change,
      },
      definition,
      slot,
    );
    const sum = emptyTally();
    for (const tally of result?.values() ?? []) addTally(sum, tally);
    return { result, differences, sum };
  }

  it('finds every kind of window equal, for every tenant and grouping', async () => {
    const load = someLoad(3_000);
    await store(metricPoints, load);
    for (const definition of DEFINITIONS) {
      const written = streamWindows(definition, load);
      await store(windows, written);
      const total = emptyTally();
      for (let start = SLOT.start - 300_000; start < SLOT.end + 300_000; start += 60_000) {
        const { differences, sum, result } = await compare(definition, {}, { start, end: start + 60_000 });
        assert.notEqual(result, null);
        assert.deepEqual(differences, []);
        addTally(total, sum);
      }
      const counted = written.reduce((all, { count }) => all + count, 0);
      assert.ok(counted > 900, definition.name);
      assert.deepEqual(
        [total.windows, total.equal, total.stored, total.counted, total.late],
        [written.length, written.length, counted, counted, 0],
        definition.name,
      );
      assert.ok(Math.abs((delayQuantile(total.delays, 0.99) as number) - 40) <= 0.4);
    }
  });

  /** Points of one series, one a second for a minute, and their windows. */
  async function quietMinute(): Promise<{ load: MetricPoint[]; written: WindowAggregate[] }> {
    const load = Array.from({ length: 60 }, (_, i) =>
      point({ id: `q${i}`, timestamp: NOON + i * 1_000, value: i }),
    );
    const written = streamWindows(TEN_SECONDS, load);
    await store(metricPoints, load);
    await store(windows, written);
    return { load, written };
  }

  const about = ({ start, cause, finding }: Difference) => [(start - NOON) / 1_000, cause, finding.detail];

  it('names each kind of fault', async () => {
    await quietMinute();
    const { pool } = database;
    const at = (second: number) => new Date(NOON + second * 1_000);
    await pool.query('DELETE FROM tactus.windows WHERE start = $1', [at(0)]);
    await pool.query('UPDATE tactus.windows SET sum = sum + 0.001 WHERE start = $1', [at(10)]);
    await store(metricPoints, [point({ id: 'unseen', timestamp: NOON + 21_500, value: 3 })]);
    await pool.query('UPDATE tactus.windows SET count = count + 1, sum = sum + 30 WHERE start = $1', [
      at(30),
    ]);
    const late: LatePoint = {
      point: point({ id: 'late', timestamp: NOON + 41_500, value: 99 }),
      missed: [{ window: '10s', start: NOON + 40_000 }],
      watermark: NOON + 60_000,
      latenessMs: 18_500,
      cause: 'arrival',
    };
    await store(metricPoints, [late.point]);
    await store(latePoints, [late]);
    await pool.query('DELETE FROM tactus.metric_points WHERE time >= $1', [at(50)]);

    const { differences, sum } = await compare(TEN_SECONDS);
    assert.deepEqual(differences.map(about), [
      [0, 'missing', 'no window is stored for 10 points'],
      [10, 'wrong', 'the points are all there, but not the right sum'],
      [20, 'missing', 'it counts 10 of 11 points'],
      [30, 'duplicated', 'it counts 11 points, and 10 are stored'],
      [40, 'late', '1 of 11 points came after it had closed'],
      [50, 'wrong', 'it counts 10 points, and none is stored'],
    ]);
    assert.deepEqual(sum.causes, { late: 1, refused: 0, missing: 2, duplicated: 1, wrong: 2 });
    assert.equal(completeness(sum), 41 / 52);
    assert.equal(accuracy(sum), 1 / 5);
    assert.ok(rest.snapshots >= 2, 'it has waited for what might have been on its way');
  });

  it('has a point that is late for windows of both kinds explained in each, and counted in those still open', async () => {
    const { load } = await quietMinute();
    const late = point({ id: 'late', timestamp: NOON + 5_500, value: 7 });
    const missed = [NOON - 50_000, NOON - 40_000].map((start) => ({ window: '1m', start }));
    const minutes = streamWindows(ONE_MINUTE, load);
    const withLate = streamWindows(ONE_MINUTE, [...load, late]);
    await store(
      windows,
      withLate.map((window, i) =>
        missed.some(({ start }) => start === window.start) ? (minutes[i] as WindowAggregate) : window,
      ),
    );
    await store(metricPoints, [late]);
    await store(latePoints, [
      {
        point: late,
        missed: [...missed, { window: '10s', start: NOON }],
        watermark: NOON + 15_000,
        latenessMs: 9_500,
        cause: 'arrival',
      },
    ]);
    const before = { start: NOON - 60_000, end: NOON };
    assert.deepEqual((await compare(ONE_MINUTE, {}, before)).differences.map(about), [
      [-50, 'late', '1 of 11 points came after it had closed'],
      [-40, 'late', '1 of 21 points came after it had closed'],
    ]);
    const { differences, sum } = await compare(TEN_SECONDS);
    assert.deepEqual(differences.map(about), [[0, 'late', '1 of 11 points came after it had closed']]);
    assert.deepEqual([completeness(sum), accuracy(sum)], [1, 1]);
  });

  it('takes nothing for missing that is only on its way', async () => {
    const { load, written } = await quietMinute();
    await database.pool.query('TRUNCATE tactus.windows');
    rest.arriving = async () => {
      // The second snapshot is taken after the first comparison has found the windows to be missing.
      if (rest.snapshots === 2) await store(windows, written);
    };
    const { differences, sum } = await compare(TEN_SECONDS);
    assert.deepEqual(differences, []);
    assert.deepEqual([sum.windows, sum.stored, completeness(sum)], [6, load.length, 1]);
  });

  it('compares later when what is on its way does not come, or points keep coming', async () => {
    await quietMinute();
    await database.pool.query('DELETE FROM tactus.windows WHERE start = $1', [new Date(NOON)]);
    const progress = new StreamProgress(rest, NEVER);
    await progress.advance();
    rest.stores = false;
    assert.equal((await compare(TEN_SECONDS, { progress, catchUpMs: 10 })).result, null);
    rest.stores = true;
    let more = 0;
    rest.arriving = () => store(metricPoints, [point({ id: `more${more++}`, timestamp: NOON + 500 })]);
    assert.equal((await compare(TEN_SECONDS)).result, null);
  });

  it('compares one tenant when asked to, and more differences than a page holds', async () => {
    const load = Array.from({ length: 1_200 }, (_, i) =>
      point({
        id: `p${i}`,
        tenantId: i % 2 === 0 ? 'acme' : 'bolt',
        metric: `m${i}`,
        timestamp: NOON + 1_000,
      }),
    );
    await store(metricPoints, load);
    const all = await compare(TEN_SECONDS);
    assert.equal(all.differences.length, 1_200);
    assert.equal(new Set(all.differences.map(({ metric }) => metric)).size, 1_200);
    const { result, sum } = await compare(TEN_SECONDS, { tenantId: 'bolt' });
    assert.deepEqual([...(result as ReadonlyMap<string, Tally>).keys()], ['bolt']);
    assert.equal(sum.causes.missing, 600);
  });

  it('compares sessions by the points between their ends, and finds points that are in none', async () => {
    const { sizeMs: _, advanceMs: __, ...common } = TEN_SECONDS;
    const sessions = { ...common, kind: 'session' as const, name: 'visits', gapMs: 5_000, maxMs: 30_000 };
    const second = (id: string, at: number, value = at) => point({ id, timestamp: NOON + at * 1_000, value });
    const runs = [[0, 1, 2, 4], [12, 13], [25, 26, 29], [40], [50, 51]].map((run, r) =>
      run.map((at) => second(`s${r}-${at}`, at)),
    );
    await store(metricPoints, runs.flat());
    const written = runs.map((run): WindowAggregate => {
      const wide = { ...TEN_SECONDS, name: 'visits', sizeMs: 3_600_000, advanceMs: 3_600_000 };
      const [whole] = streamWindows(wide, run) as [WindowAggregate];
      const [first, last] = [run[0], run.at(-1)] as [MetricPoint, MetricPoint];
      return { ...whole, start: first.timestamp, end: last.timestamp + 5_000 };
    });
    await store(windows, written);
    const slot = slotAt(sessions, NOON);
    const sound = await compare(sessions, {}, slot);
    assert.deepEqual(sound.differences, []);
    assert.deepEqual(
      [sound.sum.windows, sound.sum.equal, sound.sum.stored, sound.sum.counted],
      [5, 5, 12, 12],
    );

    const { pool } = database;
    const at = (seconds: number) => new Date(NOON + seconds * 1_000);
    const late = [second('inside', 3), second('outside', 34.5)];
    await store(metricPoints, [...late, second('unseen', 27)]);
    await store(
      latePoints,
      late.map((one) => ({
        ...{ point: one, missed: [{ window: 'visits', start: one.timestamp }] },
        ...{ watermark: NOON + 60_000, latenessMs: 1, cause: 'arrival' as const },
      })),
    );
    await pool.query('DELETE FROM tactus.windows WHERE start = $1', [at(12)]);
    await pool.query('UPDATE tactus.windows SET count = count + 1 WHERE start = $1', [at(40)]);
    await pool.query('UPDATE tactus.windows SET max = max + 1 WHERE start = $1', [at(50)]);
    const { differences, sum } = await compare(sessions, {}, slot);
    assert.deepEqual(differences.map(about), [
      [0, 'late', '1 of 5 points came after it had closed'],
      [25, 'missing', 'it counts 3 of 4 points'],
      [40, 'duplicated', 'it counts 2 points, and 1 are stored'],
      [50, 'wrong', 'the points are all there, but not the right max'],
      [12, 'missing', '2 points are in no session'],
    ]);
    assert.deepEqual([sum.stored, sum.counted, sum.late], [15, 10, 2]);
  });

  describe('goes on for as long as the worker runs, and', () => {
    const register = new Registry();
    const telemetry = new DataQualityTelemetry(register);
    const sent: WindowAggregate[] = [];
    let breaks = false;
    const reconciler = (
      definitions: readonly WindowDefinition[] = [TEN_SECONDS],
      kept = Number.NEGATIVE_INFINITY,
      pool = database.pool,
    ) =>
      new Reconciler({
        pool,
        progress: new StreamProgress(rest, NEVER),
        counterIdleMs: IDLE_MS,
        compared: async () => undefined,
        definitions: () => definitions,
        keptSince: async () => kept,
        clock: { now: () => NOON + 600_000 },
        log: createLogger('test', 'silent'),
        telemetry,
        publish: async (corrections) => {
          sent.push(...corrections);
          if (breaks) throw new Error('the process ends here');
        },
        ...{ tolerance: 1e-9, slotsPerRound: 10, stopping: NEVER },
      });
    const mark = () => completeRanges(database.pool, '1m', [], dirtySlotMarks([TEN_SECONDS], [NOON]));
    const marks = async () => {
      const { rows } = await database.pool.query('SELECT bucket FROM tactus.dirty_ranges');
      return rows.map(({ bucket }) => bucket as string).filter((bucket) => bucket.startsWith('windows:'));
    };
    const metric = async (name: string) =>
      (await register.metrics())
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const late = (id: string, value: number): LatePoint => ({
      point: point({ id, timestamp: NOON + 5_500, value }),
      missed: [{ window: '10s', start: NOON }],
      watermark: NOON + 15_000,
      latenessMs: 9_500,
      cause: 'arrival',
    });
    const addLate = async (one: LatePoint) => {
      await store(metricPoints, [one.point]);
      await store(latePoints, [one]);
      await mark();
    };
    beforeEach(() => {
      sent.length = 0;
      breaks = false;
    });

    it('reports the figures of what it compared, and compares again what changed', async () => {
      await quietMinute();
      await mark();
      assert.equal(await reconciler().round(), false);
      assert.deepEqual(await marks(), []);
      assert.deepEqual(await metric('tactus_data_completeness_ratio'), [
        'tactus_data_completeness_ratio{tenant="acme"} 1',
      ]);
      assert.deepEqual(await metric('tactus_data_accuracy_ratio'), [
        'tactus_data_accuracy_ratio{tenant="acme"} 1',
      ]);
      const [p99] = (await metric('tactus_data_timeliness_seconds')).filter((line) => line.includes('0.99'));
      assert.match(p99 ?? '', /^tactus_data_timeliness_seconds\{tenant="acme",quantile="0.99"\} 0\.0(39|40)/);

      await store(metricPoints, [point({ id: 'unseen', timestamp: NOON + 500 })]);
      await mark();
      await reconciler().round();
      assert.deepEqual(await metric('tactus_data_completeness_ratio'), [
        `tactus_data_completeness_ratio{tenant="acme"} ${60 / 61}`,
      ]);
      assert.ok(
        (await metric('tactus_data_differences')).includes('tactus_data_differences{cause="missing"} 1'),
      );
    });

    it('keeps which windows differ, with their figures, until they are right', async () => {
      const kept = async () => {
        const { rows } = await database.pool.query(
          `SELECT start, "end", metric, cause, detail, (stream ->> 'count')::int AS stream, (stored ->> 'count')::int AS stored,
             (expected ->> 'sum')::float8 AS expected FROM tactus.differences ORDER BY start`,
        );
        return rows;
      };
      const { load } = await quietMinute();
      await addLate(late('l1', 100));
      await store(metricPoints, [point({ id: 'unseen', timestamp: NOON + 12_500, value: 7 })]);
      await mark();
      await reconciler().round();
      const [start, end] = [
        (n: number) => new Date(NOON + n * 10_000),
        (n: number) => new Date(NOON + n * 10_000),
      ];
      const metric = load[0]?.metric;
      const found = [
        {
          ...{ start: start(0), end: end(1), metric, cause: 'late' },
          ...{ detail: '1 of 11 points came after it had closed', stream: 10, stored: 11, expected: 45 },
        },
        {
          ...{ start: start(1), end: end(2), metric, cause: 'missing' },
          ...{ detail: 'it counts 10 of 11 points', stream: 10, stored: 11, expected: 152 },
        },
      ];
      assert.deepEqual(await kept(), found);
      const { rows } = await database.pool.query('SELECT "end", kind, group_by FROM tactus.reconciled');
      assert.deepEqual(rows, [{ end: new Date(SLOT.end), kind: 'aligned', group_by: null }]);
      await database.pool.query(`DELETE FROM tactus.metric_points WHERE id = 'unseen'`);
      await mark();
      await reconciler().round();
      assert.deepEqual(await kept(), found.slice(0, 1));
    });

    it('corrects a window for late points once per change', async () => {
      await quietMinute();
      await addLate(late('l1', 100));
      await reconciler().round();
      assert.deepEqual(
        sent.map(({ start, end, count, sum, max, mean, watermark, emittedAt }) => ({
          start,
          end,
          count,
          sum,
          max,
          mean,
          watermark,
          emittedAt,
        })),
        [
          {
            ...{ start: NOON, end: NOON + 10_000, count: 11, sum: 145, max: 100, mean: 145 / 11 },
            ...{ watermark: NOON + 15_000, emittedAt: NOON + 600_000 },
          },
        ],
      );
      await mark();
      await reconciler().round();
      assert.equal(sent.length, 1, 'nothing has changed');
      await addLate(late('l2', -100));
      await reconciler().round();
      assert.deepEqual(
        sent.map(({ count, sum }) => [count, sum]),
        [
          [11, 145],
          [12, 45],
        ],
      );
    });

    it('sends a correction again, the same, when it ended before that was acknowledged', async () => {
      await quietMinute();
      await addLate(late('l1', 100));
      breaks = true;
      await assert.rejects(reconciler().round());
      breaks = false;
      await reconciler().round();
      assert.equal(sent.length, 2);
      assert.deepEqual(sent[0], sent[1]);
      await reconciler().round();
      assert.equal(sent.length, 2);
    });

    it('leaves marks where the windows are not settled, and drops those of definitions that are gone', async () => {
      await quietMinute();
      await mark();
      await completeRanges(database.pool, '1m', [], [{ bucket: 'windows:gone', start: NOON }]);
      rest.stores = false;
      await reconciler().round();
      assert.deepEqual(await marks(), ['windows:10s']);
    });

    it('does not compare where points may have been dropped', async () => {
      await quietMinute();
      await database.pool.query('DELETE FROM tactus.metric_points WHERE time < $1', [
        new Date(NOON + 20_000),
      ]);
      await mark();
      await reconciler([TEN_SECONDS], NOON + 20_000).round();
      assert.deepEqual(await marks(), []);
      assert.deepEqual(await metric('tactus_data_completeness_ratio'), [
        'tactus_data_completeness_ratio{tenant="acme"} 1',
      ]);
      const { rows } = await database.pool.query(
        `SELECT tally ->> 'windows' AS windows FROM tactus.reconciled`,
      );
      assert.deepEqual(rows, [{ windows: '4' }]);
    });

    it('goes on behind a slot that the server cannot compare because of its data', async () => {
      await store(metricPoints, [point({ id: 'a' })]);
      await mark();
      const failing = {
        query: async (sql: string, parameters: unknown[]) => {
          if (sql.includes('panes'))
            throw Object.assign(new Error('no'), { severity: 'ERROR', code: '22003' });
          return await database.pool.query(sql, parameters);
        },
        connect: () => database.pool.connect(),
      } as unknown as TestDatabase['pool'];
      await reconciler([TEN_SECONDS], Number.NEGATIVE_INFINITY, failing).round();
      assert.deepEqual(await marks(), []);
      assert.deepEqual(await metric('tactus_reconciliation_errors_total'), [
        'tactus_reconciliation_errors_total 1',
      ]);
    });
  });
});
