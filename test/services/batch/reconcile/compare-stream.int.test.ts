import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { compareWindows } from '../../../../services/batch/reconcile/compare-windows.js';
import type { Difference } from '../../../../services/batch/reconcile/slot-comparison.js';
import { slotAt, slotMs } from '../../../../services/batch/reconcile/slots.js';
import { StreamProgress } from '../../../../services/batch/reconcile/stream-progress.js';
import { recordedPoint } from '../../../../services/sink/timescale/recorded-points.js';
import {
  latePoints,
  metricPoints,
  recordedPoints,
  type Table,
  windows,
} from '../../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../../services/sink/timescale/write-rows.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { parseDefinitions } from '../../../../shared/catalog/window-definitions.js';
import { readPosition } from '../../../../shared/windows/position.js';
import { accuracy, addTally, completeness, emptyTally } from '../../../../shared/windows/tally.js';
import { windowsFile } from '../../../integrity/definitions.js';
import { PointMaker } from '../../../integrity/points.js';
import { randomOf } from '../../../integrity/random.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { pointOf } from '../../../support/point.js';
import { type Arrivals, runWindowing } from '../../../support/run-windowing.js';

const START = Date.UTC(2026, 0, 15, 12);
const STEP_MS = 200;
const STEPS = 300;
const NEVER = new AbortController().signal;

describe('what the windowing stage writes', () => {
  let database: TestDatabase;
  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());

  async function store<T>(table: Table<T>, values: readonly T[]): Promise<void> {
    const rows = values.map((value, index) => ({ index, value }));
    assert.deepEqual((await writeRows(database.pool, table, rows, 5_000)).refusals, []);
  }

  it('is found complete and accurate, whatever came out of order, late, or twice', async () => {
    const definitions = parseDefinitions(windowsFile(), 'windows.yaml');
    const maker = new PointMaker(randomOf(7), 1, START);
    const steps = Array.from({ length: STEPS + 100 }, (_, i): Arrivals => {
      const now = START + (i + 1) * STEP_MS;
      // An id that came twice at once is let in once; then the load ends and the last windows close by the clock.
      const fresh = i >= STEPS ? [] : maker.make(20, now).map(({ point }) => pointOf(point));
      return { now, points: fresh.filter((point, n) => point.id !== fresh[n - 1]?.id) };
    });
    const sent = steps.flatMap(({ points }) => points);
    const { written, late, checkpoint } = runWindowing(definitions, steps);
    await store(metricPoints, sent);
    await store(windows, written);
    await store(latePoints, late);
    // What rules record is of no points, and is none of it.
    const recorded = written
      .filter(({ recordedBy }, i) => recordedBy === null && i % 50 === 0)
      .map((window) => ({ ...window, metric: 'made:count', count: 1, recordedBy: 'Made' }));
    assert.deepEqual(
      new Set(recorded.map(({ window }) => window)),
      new Set(definitions.map(({ name }) => name)),
    );
    await store(windows, recorded);
    await store(
      recordedPoints,
      recorded.map((window) => recordedPoint(window, window.recordedBy)),
    );
    assert.ok(late.length > 10);
    assert.ok(written.filter(({ increase }) => increase !== null && increase > 0).length > 100);
    assert.ok(written.filter(({ distinct }) => distinct !== null && distinct > 1).length > 100);

    const offset = sent.length;
    assert.equal(checkpoint.offset, offset, 'no window is open');
    const committed = { offset, position: readPosition({ topic: 'metrics', partition: 0, checkpoint }) };
    const progress = new StreamProgress(
      {
        snapshot: async () => ({
          partitions: [{ partition: 0, low: 0, high: offset, committed }],
          sinkOffsets: new Map(),
        }),
        stored: async () => true,
      },
      NEVER,
    );
    await progress.advance();
    const [seen, withMembers] = [new Set<string>(), new Set<string>()];
    let following = 0;
    for (const definition of definitions) {
      assert.equal(progress.finalRange(definition).since, 0);
      const differences: Difference[] = [];
      const sum = emptyTally();
      const onDifferences = async (more: readonly Difference[]) => {
        differences.push(...more);
      };
      const parts = {
        pool: database.pool,
        progress,
        tolerance: 1e-9,
        counters: { idleMs: 3_600_000, since: Number.NEGATIVE_INFINITY, seen },
        ...{ withMembers, tenantId: null },
        catchUpMs: 1_000,
        signal: NEVER,
        onDifferences,
      };
      const first = slotAt(definition, START - 120_000).start;
      for (let start = first; start < START + 240_000; start += slotMs(definition)) {
        const result = await compareWindows(parts, definition, { start, end: start + slotMs(definition) });
        for (const tally of result?.values() ?? assert.fail('it was not compared')) addTally(sum, tally);
      }
      following += differences.filter(
        ({ finding, figures }) => finding.late === 0 && figures.all?.counters,
      ).length;
      const unexplained = differences.filter(({ cause }) => cause !== 'late');
      assert.deepEqual(
        unexplained.map(({ start, metric, cause, finding }) => [
          definition.name,
          start - START,
          metric,
          cause,
          finding.detail,
        ]),
        [],
      );
      assert.deepEqual([completeness(sum), accuracy(sum)], [1, 1], definition.name);
      const mine = written.filter(({ window }) => window === definition.name);
      assert.equal(sum.windows, mine.length, definition.name);
      assert.equal(
        sum.counted,
        mine.reduce((all, { count }) => all + count, 0),
        definition.name,
      );
      assert.ok(sum.late > 0, definition.name);
      assert.equal(
        sum.late,
        late.flatMap(({ missed }) => missed).filter(({ window }) => window === definition.name).length,
      );
    }
    assert.ok(following > 0, 'no increase begins at a late point');
  });
});
