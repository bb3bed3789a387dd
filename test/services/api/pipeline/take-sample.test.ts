import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { graphOf } from '../../../../services/api/pipeline/graph.js';
import { takeSample } from '../../../../services/api/pipeline/take-sample.js';
import { FlowOffsets } from '../../../../shared/adapters/kafka/admin/flow-offsets.js';
import { PIPELINE_TOPICS } from '../../../../shared/catalog/pipeline.js';
import { FakeCluster } from '../../../support/fake-cluster.js';

const PREFIX = 'tactus.';
const MINUTE_MS = 60_000;

describe('a sample of the pipeline', { timeout: 60_000 }, () => {
  it('has a topic that is not there yet without figures, and the others as they are', async (t) => {
    const cluster = new FakeCluster();
    for (const topic of PIPELINE_TOPICS)
      if (topic !== 'notifications') cluster.topic(PREFIX + topic, { end: 5 }, { end: 2 });
    const offsets = new FlowOffsets(cluster.kafka(), pino({ level: 'silent' }));
    await offsets.connect();
    t.after(() => offsets.close());
    let now = 1_800_000_000_000;
    const take = () => takeSample({ offsets, prefix: PREFIX, workers: [], now: () => now }, null);

    const first = await take();
    now += MINUTE_MS;
    const second = await take();
    assert.deepEqual([second.ends.get('notifications'), second.ends.get('alerts')], [[], [5, 2]]);
    const { topics } = graphOf([first, second], []);
    assert.deepEqual(
      topics.map(({ topic }) => topic),
      [...PIPELINE_TOPICS],
    );
    const figuresOf = (name: string) => {
      const found = topics.find(({ topic }) => topic === name);
      return [found?.partitions, found?.writtenPerSecond];
    };
    assert.deepEqual(
      [figuresOf('alerts'), figuresOf('notifications')],
      [
        [2, 0],
        [0, null],
      ],
    );

    cluster.topic(`${PREFIX}notifications`, { end: 6 });
    now += MINUTE_MS;
    const third = await take();
    assert.deepEqual(third.ends.get('notifications'), [6], 'it is there now');
  });
});
