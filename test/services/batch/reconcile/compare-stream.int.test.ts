import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../../../schemas/types.js';
import { compareWindows } from '../../../../services/batch/reconcile/compare-windows.js';
import type { Difference } from '../../../../services/batch/reconcile/slot-comparison.js';
import { slotAt, slotMs } from '../../../../services/batch/reconcile/slots.js';
import { StreamProgress } from '../../../../services/batch/reconcile/stream-progress.js';
import { accuracy, addTally, completeness, emptyTally } from '../../../../services/batch/reconcile/tally.js';
import { latePoints, metricPoints, type Table, windows } from '../../../../services/sink/timescale/tables.js';
import { writeRows } from '../../../../services/sink/timescale/write-rows.js';
import { windowingStage } from '../../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../../shared/adapters/avro/static-codecs.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { parseDefinitions } from '../../../../shared/catalog/window-definitions.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import { readPosition } from '../../../../shared/windows/position.js';
import { windowsFile } from '../../../integrity/definitions.js';
import { PointMaker } from '../../../integrity/points.js';
import { randomOf } from '../../../integrity/random.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { GAUGE } from '../../../support/point.js';

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
    const codecs = staticCodecs();
    const stage = windowingStage({
      definitions: () => definitions,
      ...{
        idleTimeoutMs: 3_000,
        watermarkHoldMs: 600_000,
        maxSeries: 1_000,
        decoder: codecs.decoder('metrics'),
      },
      ...{ windows: codecs.encoder('windows'), late: codecs.encoder('late') },
    });
    let state = stage.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
    const maker = new PointMaker(randomOf(7), 1, START);
    const encoder = codecs.encoder('metrics');
    const sent: MetricPoint[] = [];
    const written: WindowAggregate[] = [];
    const late: LatePoint[] = [];
    let offset = 0;
    for (let step = 1; step <= STEPS + 60; step++) {
      const now = START + step * STEP_MS;
      // An id that came twice at once is let in once; then the load ends and the last windows close by the clock.
      const fresh = step > STEPS ? [] : maker.make(20, now).map(({ point }) => ({ ...point, ...GAUGE }));
      const points = fresh.filter((point, i) => point.id !== fresh[i - 1]?.id);
      sent.push(...points);
      const records = points.map((point) => ({ value: encoder.encode(point), timestamp: now }));
      const result = stage.step(state, arrayBatch({ topic: 'metrics', records, baseOffset: offset }), now);
      state = result.state;
      offset += records.length;
      for (const { topic, value } of result.outputs)
        if (topic === 'windows') written.push(codecs.decoder('windows').decode(value));
        else late.push(codecs.decoder('late').decode(value));
    }
    await store(metricPoints, sent);
    await store(windows, written);
    await store(latePoints, late);
    assert.ok(late.length > 10);

    const checkpoint = stage.checkpoint(state);
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
        tenantId: null,
        catchUpMs: 1_000,
        signal: NEVER,
        onDifferences,
      };
      const first = slotAt(definition, START - 120_000).start;
      for (let start = first; start < START + 240_000; start += slotMs(definition)) {
        const result = await compareWindows(parts, definition, { start, end: start + slotMs(definition) });
        for (const tally of result?.values() ?? assert.fail('it was not compared')) addTally(sum, tally);
      }
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
  });
});
