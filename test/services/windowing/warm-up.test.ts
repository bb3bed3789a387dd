import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warmUp } from '../../../services/windowing/warm-up.js';
import { type WindowingState, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import type { Stage } from '../../../shared/core/stage.js';
import { DEFAULT_DEFINITIONS } from '../../../shared/windows/definition.js';

const codecs = staticCodecs();
const NOW = 1_800_000_000_000;

/** Cut off by the test long before. */
const LONG_MS = 60_000;

/** Windowing that counts what it is made to do, and stops the warm-up after so many points. */
function watched(stopAfter: number) {
  const stopping = new AbortController();
  const seen = { points: 0, windows: 0, others: 0, restored: 0, released: 0 };
  const stage = windowingStage({
    definitions: () => DEFAULT_DEFINITIONS,
    idleTimeoutMs: 5_000,
    watermarkHoldMs: 600_000,
    maxSeries: 10_000,
    decoder: codecs.decoder('metrics'),
    windows: codecs.encoder('windows'),
    late: codecs.encoder('late'),
  });
  const counting: Stage<WindowingState> = {
    ...stage,
    restore(saved) {
      seen.restored += 1;
      return stage.restore(saved);
    },
    release() {
      seen.released += 1;
    },
    step(state, batch, now) {
      const result = stage.step(state, batch, now);
      const windows = result.outputs.topics.filter((topic) => topic === 'windows').length;
      seen.points += batch.length;
      seen.windows += windows;
      seen.others += result.refusals.length + result.outputs.length - windows;
      if (seen.points >= stopAfter) stopping.abort();
      return result;
    },
  };
  const run = (ms: number) =>
    warmUp({
      ...{ stage: counting, decoder: codecs.decoder('metrics'), points: codecs.encoder('metrics') },
      ...{ clock: { now: () => NOW }, ms, signal: stopping.signal },
    });
  return { seen, run };
}

describe('warming up', () => {
  it('counts points that close windows, none of them late or refused, over and over', async () => {
    const { seen, run } = watched(20_000);
    assert.equal(await run(LONG_MS), seen.points);
    assert.ok(seen.points >= 20_000 && seen.windows > 5_000, JSON.stringify(seen));
    assert.equal(seen.others, 0);
    assert.ok(seen.restored > 1);
    assert.equal(seen.released, seen.restored);
  });

  it('does nothing in no time', async () => {
    const { seen, run } = watched(1);
    assert.equal(await run(0), 0);
    assert.equal(seen.restored, 0);
  });
});
