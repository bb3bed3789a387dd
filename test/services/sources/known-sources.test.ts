import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownSources } from '../../../services/sources/known-sources.js';
import { stateOf } from '../../../services/sources/sources.js';
import { encodeForgotten } from '../../../shared/wire/forgotten-source.js';
import { encodeProgress } from '../../../shared/wire/progress-record.js';

const NAME = { stage: 'ingest', topic: 'ingest.metrics', partition: 1 };
const claim = (...partitions: number[]) =>
  encodeProgress({
    note: {
      ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 3 },
      times: partitions.map((partition) => ({ partition, time: 100 + partition, atEnd: true })),
    },
    ...{ output: 'metrics', upTo: [0], committed: [] },
  });

describe('the sources that workers have named', () => {
  it('are known by the last word on each, those without one by their number', () => {
    const sources = new KnownSources();
    sources.take(claim(0, 1), 1_000);
    sources.take(claim(0), 2_000);
    sources.take(Buffer.from('not ours'), 3_000);
    sources.take(null, 3_000);
    assert.deepEqual(
      sources.list().map(({ partition, time, saidAt }) => [partition, time, saidAt]),
      [
        [0, 100, 2_000],
        [1, 101, 1_000],
        [2, null, null],
      ],
    );
    assert.equal(sources.find({ ...NAME, partition: 3 }), undefined);
  });

  it('are none of a stage that keeps no time', () => {
    const sources = new KnownSources();
    const note = { stage: 'anomaly', topic: 'windows', partitions: 3, times: [] };
    sources.take(encodeProgress({ note, output: '', upTo: [], committed: [] }), 1_000);
    assert.deepEqual(sources.list(), []);
  });

  it('are forgotten until one claims them again', () => {
    const sources = new KnownSources();
    const state = (now: number) => stateOf(sources.find(NAME) as never, now);
    sources.take(claim(0), 1_000);
    assert.equal(state(1_000), 'unknown');
    sources.take(claim(0, 1), 2_000);
    assert.deepEqual([state(121_999), state(122_000)], ['alive', 'silent']);
    sources.take(encodeForgotten(NAME), 130_000);
    sources.take(claim(0), 131_000);
    assert.equal(state(131_000), 'forgotten');
    sources.take(claim(1), 132_000);
    assert.equal(state(132_000), 'alive');
  });
});
