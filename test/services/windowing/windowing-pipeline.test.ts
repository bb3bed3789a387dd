import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identity, map, pipe } from 'rxjs';
import type { WindowAggregate } from '../../../schemas/types.js';
import { windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import * as operators from '../../../shared/operators/index.js';
import { DEFAULT_DEFINITIONS, type WindowDefinition } from '../../../shared/windows/definition.js';
import { point } from '../../shared/windows/arrivals.js';
import { START } from '../../support/point.js';

const codecs = staticCodecs();
const NOW = START + 1e9;
const SESSION: WindowDefinition = {
  ...{ kind: 'session', name: 'visit', gapMs: 1_000, maxMs: 60_000, graceMs: 0 },
  ...{ metrics: '*', tenants: '*', groupBy: null },
};
const STEPS = ['decodePoints', 'trackSourceTimes', 'aggregateWindows', 'writeWindows'] as const;

function stageOf(using: typeof operators, definitions: readonly WindowDefinition[] = DEFAULT_DEFINITIONS) {
  return windowingStage(
    {
      definitions: () => definitions,
      idleTimeoutMs: 5_000,
      watermarkHoldMs: 600_000,
      maxSeries: 100_000,
      decoder: codecs.decoder('metrics'),
      windows: codecs.encoder('windows'),
      late: codecs.encoder('late'),
    },
    using,
  );
}

type Windowing = ReturnType<typeof stageOf>;

function fresh(stage: Windowing) {
  return stage.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
}

const encoder = codecs.encoder('metrics');
const windows = codecs.decoder('windows');

function batchOf(points: readonly ReturnType<typeof point>[], baseOffset = 0): RecordBatch {
  const records = points.map((each) => ({ value: encoder.encode(each), timestamp: NOW }));
  return arrayBatch({ topic: 'metrics', records, baseOffset });
}

/** Points that close windows of every kind, and an hour later the rest. */
const POINTS = [0, 500, 15_000, 40_000, 3_600_000].map((at) => point(at));

/** The windows that come out, whatever else goes wrong. */
function windowsOf(using: typeof operators, definitions?: readonly WindowDefinition[]): unknown[] {
  const stage = stageOf(using, definitions);
  const found: unknown[] = [];
  const state = fresh(stage);
  for (const [i, each] of POINTS.entries())
    try {
      const { outputs } = stage.step(state, batchOf([each], i), NOW);
      found.push(...[...outputs].filter(({ topic }) => topic === 'windows'));
    } catch {}
  return found;
}

describe("the pipeline of windowing's operators", () => {
  it('gives windows', () => {
    assert.ok(windowsOf(operators).length > 10);
    assert.equal(windowsOf(operators, [SESSION]).length, 3);
  });

  for (const step of STEPS)
    it(`gives none with a pass-through instead of ${step}`, () => {
      const without = { ...operators, [step]: () => identity };
      assert.deepEqual(windowsOf(without), []);
      assert.deepEqual(windowsOf(without, [SESSION]), []);
    });

  for (const step of STEPS)
    it(`fails the step, and each one after it, when ${step} throws`, () => {
      let fails = false;
      const failing = map((batch) => {
        if (fails) throw new RangeError('lost');
        return batch;
      });
      const whole: Record<string, unknown> = { ...operators };
      const operator = whole[step] as (...args: unknown[]) => typeof failing;
      const stage = stageOf({
        ...operators,
        [step]: (...args: unknown[]) => pipe(operator(...args), failing),
      });
      const state = fresh(stage);
      stage.step(state, batchOf([point(0)]), NOW);
      const checkpoint = stage.checkpoint(state);
      fails = true;
      assert.throws(() => stage.step(state, batchOf([point(60_000)], 1), NOW), { message: 'lost' });
      fails = false;
      assert.throws(() => stage.step(state, batchOf([point(120_000)], 2), NOW), { code: 'TACTUS_INVARIANT' });
      // What the runner does: it goes on from what was committed.
      const restored = stage.restore({ topic: 'metrics', partition: 0, checkpoint, changelog: new Map() });
      const { outputs } = stage.step(restored, batchOf([point(0), point(60_000)]), NOW);
      assert.equal([...outputs].filter(({ topic }) => topic === 'windows').length, 6);
    });

  it('keeps the series of a batch apart while their number doubles within it', () => {
    const many = 20_000;
    const points = Array.from({ length: many }, (_, i) =>
      point(i % 5_000, i, 'm', { host: `${i % (many / 2)}` }),
    );
    const stage = stageOf(operators);
    const state = fresh(stage);
    // Of an hour before: at the first look for unused series all of these are.
    stage.step(state, batchOf(Array.from({ length: 5_000 }, (_, i) => point(0, 1, `old-${i}`))), NOW);
    stage.step(state, batchOf([point(3_600_000)], 5_000), NOW);
    const later = points.map((each) => ({ ...each, timestamp: each.timestamp + 3_600_000 }));
    stage.step(state, batchOf(later, 5_001), NOW);
    const { outputs } = stage.step(state, batchOf([point(7_200_000)], 5_001 + many), NOW);
    const sums = new Map<string, number>();
    for (const { topic, value } of outputs) {
      if (topic !== 'windows') continue;
      const { window, metric, tags, count, sum }: WindowAggregate = windows.decode(value);
      if (window !== '10s' || tags.host === undefined) continue;
      assert.deepEqual([metric, count], ['m', 2]);
      assert.ok(!sums.has(tags.host));
      sums.set(tags.host, sum);
    }
    assert.equal(sums.size, many / 2);
    for (const [host, sum] of sums) assert.equal(sum, 2 * Number(host) + many / 2);
  });
});
