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

/** Windowing that tells what it is made to do, and stops the warm-up after so many points. */
function rehearsed(stopAfter: number) {
  const stopping = new AbortController();
  const told = { points: 0, windows: 0, others: 0, restored: 0, released: 0 };
  const stage = windowingStage({
    definitions: () => DEFAULT_DEFINITIONS,
    idleTimeoutMs: 5_000,
    maxSeries: 10_000,
    decoder: codecs.decoder('metrics'),
    windows: codecs.encoder('windows'),
    late: codecs.encoder('late'),
  });
  const watched: Stage<WindowingState> = {
    ...stage,
    restore(saved) {
      told.restored += 1;
      return stage.restore(saved);
    },
    release() {
      told.released += 1;
    },
    step(state, batch, now) {
      const result = stage.step(state, batch, now);
      const windows = result.outputs.topics.filter((topic) => topic === 'windows').length;
      told.points += batch.length;
      told.windows += windows;
      told.others += result.refusals.length + result.outputs.length - windows;
      if (told.points >= stopAfter) stopping.abort();
      return result;
    },
  };
  const run = (ms: number) =>
    warmUp({
      ...{ stage: watched, decoder: codecs.decoder('metrics'), points: codecs.encoder('metrics') },
      ...{ clock: { now: () => NOW }, ms, signal: stopping.signal },
    });
  return { told, run };
}

describe('warming up', () => {
  it('counts points that close windows, none of them late or refused, over and over', async () => {
    const { told, run } = rehearsed(20_000);
    assert.equal(await run(LONG_MS), told.points);
    assert.ok(told.points >= 20_000 && told.windows > 5_000, JSON.stringify(told));
    assert.equal(told.others, 0);
    assert.ok(told.restored > 1);
    assert.equal(told.released, told.restored);
  });

  it('does nothing in no time', async () => {
    const { told, run } = rehearsed(1);
    assert.equal(await run(0), 0);
    assert.equal(told.restored, 0);
  });
});
