import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PipelineReader } from '../../../../services/api/pipeline/pipeline-reader.js';
import type { PipelineSample } from '../../../../services/api/pipeline/sample.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { until } from '../../../support/until.js';

/** A clock that goes on by `step` with each sample. */
function readerOf(step: number, fail: () => boolean = () => false) {
  const seen = { now: 1_000_000, taken: 0, atOnce: 0, most: 0 };
  const reader = new PipelineReader({
    take: async (): Promise<PipelineSample> => {
      seen.taken += 1;
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      seen.atOnce -= 1;
      seen.now += step;
      if (fail()) throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'away');
      return { at: seen.now, ends: new Map(), groups: [], times: [] };
    },
    ...{ everyMs: 1, waitMs: 5_000, now: () => seen.now, log: { warn: () => {} } },
  });
  return { reader, seen };
}

describe('who looks at the pipeline', () => {
  it('does not before somebody asks, and once for all who ask at the same time', async () => {
    const { reader, seen } = readerOf(1_000);
    assert.equal(seen.taken, 0);
    const answers = await Promise.all(Array.from({ length: 50 }, () => reader.read()));
    assert.ok(answers.every((samples) => samples.length >= 1));
    assert.equal(seen.most, 1);
    await reader.close();
  });

  it('ends two minutes after the last question, and begins again with the next', async () => {
    const { reader, seen } = readerOf(10_000);
    await reader.read();
    const ended = await until('it to end', async () => {
      const { taken } = seen;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return taken > 5 && seen.taken === taken ? taken : undefined;
    });
    assert.ok(ended <= 15, `${ended} samples`);
    await reader.read();
    assert.ok(seen.taken > ended);
    await reader.close();
  });

  it('keeps the samples of a minute, and one from before it', async () => {
    const { reader, seen } = readerOf(10_000);
    await reader.read();
    await until('a minute to be over', () => seen.taken > 9);
    const samples = await reader.read();
    const [first, second] = samples as [PipelineSample, PipelineSample];
    const last = samples.at(-1) as PipelineSample;
    assert.ok(last.at - first.at >= 60_000, `${last.at - first.at} ms`);
    assert.ok(last.at - second.at < 70_000, `${last.at - second.at} ms`);
    await reader.close();
  });

  it('passes on why there is no answer, and goes on', async () => {
    let away = true;
    const { reader } = readerOf(1_000, () => away);
    await assert.rejects(reader.read(), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
    away = false;
    await until('an answer', () => reader.read().catch(() => undefined));
    await reader.close();
  });
});
