import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { emissionDelay, observed } from '../../../services/windowing/telemetry.js';
import { type WindowingOptions, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { DEFAULT_DEFINITIONS, type WindowDefinition } from '../../../shared/windows/definition.js';
import { pointOf } from '../../support/point.js';

const codecs = staticCodecs();
const SESSION: WindowDefinition = {
  ...{ kind: 'session', name: 's', gapMs: 1_000, maxMs: 2_000, graceMs: 0 },
  ...{ metrics: '*', tenants: '*', groupBy: null },
};

function optionsFor(definitions: readonly WindowDefinition[]): WindowingOptions {
  return {
    definitions: () => definitions,
    idleTimeoutMs: 1_000,
    watermarkHoldMs: 600_000,
    maxSeries: 100_000,
    decoder: codecs.decoder('metrics'),
    windows: codecs.encoder('windows'),
    late: codecs.encoder('late'),
  };
}

/** Memory as it is reported after points of so many series. */
async function stateBytes(definitions: readonly WindowDefinition[], series: number) {
  const register = new Registry();
  const stage = observed(windowingStage(optionsFor(definitions)), register);
  const state = stage.restore({ topic: 'metrics', partition: 3, checkpoint: null, changelog: new Map() });
  const points = codecs.encoder('metrics');
  const records = Array.from({ length: series }, (_, i) => ({
    value: points.encode(pointOf({ tags: { n: String(i) }, timestamp: 5_000 })),
    timestamp: 5_000,
  }));
  stage.step(state, arrayBatch({ topic: 'metrics', records }), 5_000);
  const reported = async () =>
    (await register.getSingleMetric('tactus_windowing_state_bytes')?.get())?.values ?? [];
  const [value] = await reported();
  stage.release?.(state);
  assert.deepEqual(await reported(), [], 'another instance goes on with the partition');
  assert.deepEqual(value?.labels, { partition: '3' });
  return value.value;
}

describe('telemetry of windowing', () => {
  it('reports how soon windows are emitted, and nothing before the first one or of the warm-up', async () => {
    const register = new Registry();
    const emission = emissionDelay(register);
    const reported = async () =>
      (await register.metrics()).split('\n').filter((line) => line.startsWith('tactus_'));
    assert.deepEqual(await reported(), []);
    emission.observe(5_000);
    emission.reset();
    assert.deepEqual(await reported(), []);
    emission.observe(20);
    const name = 'tactus_window_emission_delay_seconds';
    assert.deepEqual(await reported(), [
      ...['0.5', '0.95', '0.99'].map((quantile) => `${name}{quantile="${quantile}"} 0.02`),
      `${name}_sum 0.02`,
      `${name}_count 1`,
    ]);
  });

  it('reports the memory of the state, which grows with series, sessions and quantiles', async () => {
    const bytes = await stateBytes(DEFAULT_DEFINITIONS, 10_000);
    assert.ok(bytes > (await stateBytes(DEFAULT_DEFINITIONS, 1_000)) + 9_000 * 150);
    assert.ok((await stateBytes([...DEFAULT_DEFINITIONS, SESSION], 10_000)) > bytes + 10_000 * 500);
    const estimated = DEFAULT_DEFINITIONS.map((each) => ({ ...each, quantiles: [0.5] }));
    assert.ok((await stateBytes(estimated, 10_000)) >= bytes + 10_000 * 500);
  });

  it('reports in how many spellings series come, and how many points have one too many', async () => {
    const register = new Registry();
    const stage = observed(windowingStage(optionsFor(DEFAULT_DEFINITIONS)), register);
    const state = stage.restore({ topic: 'metrics', partition: 3, checkpoint: null, changelog: new Map() });
    const points = codecs.encoder('metrics');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const records = Array.from({ length: 100 }, (_, i) => {
      // Any two of five tags change places, and then any two again.
      const order = [...names];
      for (const by of [1, 5, 25]) order.push(...order.splice(Math.floor(i / by) % 5, 1));
      const tags = Object.fromEntries(order.map((name) => [name, 'x']));
      return { value: points.encode(pointOf({ tags, timestamp: 5_000 })), timestamp: 5_000 };
    });
    stage.step(state, arrayBatch({ topic: 'metrics', records }), 5_000);
    const reportedBy = async (name: string) =>
      (await register.getSingleMetric(name)?.get())?.values.map(({ value }) => value);
    assert.deepEqual(await reportedBy('tactus_known_series'), [1]);
    assert.deepEqual(await reportedBy('tactus_series_spellings'), [24]);
    const [refused] = (await reportedBy('tactus_series_spellings_refused_total')) ?? [];
    assert.ok(refused !== undefined && refused > 10 && refused < 76, `${refused} points`);
  });
});
