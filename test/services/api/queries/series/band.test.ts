import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WindowAggregate } from '../../../../../schemas/types.js';
import { anomalyStage } from '../../../../../services/anomaly/anomaly-stage.js';
import { watches } from '../../../../../services/anomaly/detection-rules.js';
import { type Band, type BandSeries, bandOf } from '../../../../../services/api/queries/series/band.js';
import type { Plan } from '../../../../../services/api/queries/series/plan.js';
import { staticCodecs } from '../../../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../../../shared/core/array-batch.js';
import { ensemble } from '../../../../../shared/detection/ensemble.js';
import { windowOf } from '../../../../shared/alerting/helpers.js';
import { normal, seeded, series } from '../../../../shared/detection/generators.js';

const STEP_MS = 10_000;
const COUNT = 2_000;
const { signal } = new AbortController();

const noise = normal(seeded(7), 12, 0.5);
const windows = series(COUNT, (i) => windowOf(i, i % 400 === 399 ? i : noise()));
const start = windows[0]?.start ?? 0;
const plan = (from: number, stepMs = STEP_MS): Plan => ({
  ...{ source: 'windows', stepMs, start: start + from * STEP_MS, end: start + COUNT * STEP_MS },
});
const stored = { tags: {}, windows: windows.map(({ start: t, mean: v }) => ({ t, v })) };

const stepsOf = async (of: BandSeries, range: Plan) => (await bandOf(of, range, 1, signal)).steps;

/** What the anomaly worker reports of these windows. */
function live(all: readonly WindowAggregate[], sensitivity: number) {
  const codecs = staticCodecs();
  const encoder = codecs.encoder('windows');
  const decoder = codecs.decoder('anomalies');
  const nothing = () => {};
  const rule = {
    metrics: '*',
    tenants: '*',
    window: '10s',
    field: 'mean',
    sensitivity,
    above: null,
    below: null,
  };
  const stage = anomalyStage({
    ...{ decoder: codecs.decoder('windows'), encoder: codecs.encoder('anomalies') },
    ...{
      watchOf: watches([rule], (one) => ensemble({ sensitivity: one.sensitivity })),
      maxSeries: 10,
      maxGroups: 0,
      idleMs: 86_400_000,
    },
    observer: {
      ...{ scored: nothing, found: nothing, candidate: nothing, evicted: nothing, repeated: nothing },
      discarded: nothing,
    },
  });
  const state = stage.restore({ topic: 'windows', partition: 0, checkpoint: null, changelog: new Map() });
  const records = all.map((window) => ({ value: encoder.encode(window) }));
  const { outputs } = stage.step(state, arrayBatch({ topic: 'windows', records, baseOffset: 0 }), 0);
  return [...outputs].filter(({ topic }) => topic === 'anomalies').map(({ value }) => decoder.decode(value));
}

describe('the expected band', () => {
  it('is what the anomaly worker had expected of the same windows at the same sensitivity, with what it reports', async () => {
    const reported: number[] = [];
    const outside: number[] = [];
    for (const sensitivity of [0.2, 1, 3, 5]) {
      const found = live(windows, sensitivity);
      const { steps, ...counts } = await bandOf(stored, plan(0), sensitivity, signal);
      const band = new Map(steps.map((one) => [one.time, one]));
      for (const { start: time, expected, lower, upper } of found)
        assert.deepEqual(band.get(time), { time, expected, lower, upper });
      const values = new Map(windows.map((one) => [one.start, one.mean]));
      const isOutside = ({ time, lower, upper }: Band) => {
        const value = values.get(time) ?? 0;
        return value < lower || value > upper;
      };
      assert.deepEqual(counts, {
        ...{ windows: COUNT - 20, outside: steps.filter(isOutside).length, anomalies: found.length },
      });
      reported.push(counts.anomalies);
      outside.push(counts.outside);
    }
    for (const counts of [reported, outside]) {
      assert.deepEqual(
        counts,
        [...counts].sort((a, b) => a - b),
      );
      assert.ok((counts.at(-1) ?? 0) > (counts[1] ?? 0));
    }
    assert.ok((reported[1] ?? 0) >= 3);
  });

  it('is of the range alone, with what is before it learnt, and not of the first windows of a series', async () => {
    const whole = await stepsOf(stored, plan(0));
    assert.equal(whole.length, COUNT - 20);
    const last = await stepsOf(stored, plan(COUNT - 5));
    assert.deepEqual(last, whole.slice(-5));
    const unlearnt = { tags: {}, windows: stored.windows.slice(-25) };
    assert.equal((await stepsOf(unlearnt, plan(0))).length, 5);
  });

  it('has the mean of its windows for a longer step, and none for a step without', async () => {
    const gap = { tags: {}, windows: stored.windows.filter((_, i) => i < 1_500 || i >= 1_530) };
    const fine = await stepsOf(gap, plan(1_000));
    const coarse = await stepsOf(gap, plan(1_000, 6 * STEP_MS));
    const step = (at: number) => Math.floor(at / (6 * STEP_MS)) * 6 * STEP_MS;
    for (const { time, expected, lower, upper } of coarse) {
      const of = fine.filter((one) => step(one.time) === time);
      const mean = (field: keyof Band) => of.reduce((sum, one) => sum + one[field], 0) / of.length;
      for (const [one, field] of [
        [expected, 'expected'],
        [lower, 'lower'],
        [upper, 'upper'],
      ] as const)
        assert.ok(Math.abs(one - mean(field)) < 1e-9);
    }
    assert.deepEqual(
      coarse.map(({ time }) => time),
      [...new Set(fine.map(({ time }) => step(time)))],
    );
  });

  it('is given up when the client has gone', async () => {
    await assert.rejects(bandOf(stored, plan(0), 1, AbortSignal.abort()), /the client has gone/);
  });
});
