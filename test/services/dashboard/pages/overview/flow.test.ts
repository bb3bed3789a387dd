import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  bottleneckOf,
  criticalPath,
  criticalText,
  edgeRate,
  flowOf,
  lagOf,
  pressureOf,
  secondsText,
} from '../../../../../services/dashboard/pages/overview/flow.js';
import { pipelineOf, workerOf } from './sample-pipeline.js';

describe('the pipeline as a graph', () => {
  it('has workers and topics, but for those in which a worker keeps something for itself', () => {
    const { nodes, edges } = flowOf(pipelineOf());
    const ids = nodes.map(({ id }) => id);
    assert.ok(ids.includes('topic:windows') && !ids.includes('topic:state.alerts'), `${ids}`);
    for (const { from, to } of edges) assert.ok(ids.includes(from) && ids.includes(to), `${from} ${to}`);
  });

  it('has what is refused, replayed or goes back aside', () => {
    const aside = flowOf(pipelineOf()).edges.filter(({ isAside }) => isAside);
    assert.deepEqual(
      aside.map(({ from, to }) => `${from} ${to}`),
      [
        ...['worker:api topic:ingest.metrics', 'worker:alerting topic:windows'],
        ...['worker:ingest topic:dlq', 'worker:windowing topic:dlq'],
      ],
    );
  });

  it('shows at an edge what is read over it, or written to its topic', () => {
    const pipeline = pipelineOf();
    const edge = (from: string, to: string) => edgeRate({ from, to, isAside: false }, pipeline);
    assert.deepEqual(
      [
        edge('topic:metrics', 'worker:windowing'),
        edge('worker:ingest', 'topic:metrics'),
        edge('topic:dlq', 'worker:api'),
      ],
      [5, 7, null],
    );
  });

  it('names the one that is farthest behind as the bottleneck, and nobody while all keep up', () => {
    assert.equal(bottleneckOf(pipelineOf()), null);
    const slow = workerOf('windowing', 'metrics', [], { records: 900, seconds: 31 });
    const slower = workerOf('alerting', 'windows', [], { records: 9, seconds: 6 });
    assert.equal(bottleneckOf(pipelineOf({ workers: [slower, slow] })), 'windowing');
    assert.deepEqual([pressureOf(slow), pressureOf(slower)], ['behind', 'busy']);
  });

  it('does not say of unknown lag that there is none', () => {
    const unknown = workerOf('ingest', 'ingest.metrics', [], { records: null, seconds: null });
    assert.deepEqual(lagOf(unknown), { records: null, seconds: null });
    assert.equal(pressureOf(unknown), 'none');
    assert.equal(secondsText(null), '–');
  });

  it('has a critical path from the partition that holds the watermark to the windows', () => {
    const pipeline = pipelineOf();
    assert.deepEqual([...criticalPath(pipeline)].sort(), [
      'topic:ingest.metrics',
      'topic:metrics',
      'worker:ingest',
      'worker:windowing',
    ]);
    assert.match(
      criticalText(pipeline),
      /2 s behind, at partition 1 of metrics: ingest .* partition 0 of ingest\.metrics/,
    );
    const { watermark } = pipeline;
    const own = pipelineOf({ watermark: { ...watermark, holder: { stage: '', topic: '', partition: 0 } } });
    assert.deepEqual([...criticalPath(own)], ['topic:metrics', 'worker:windowing']);
    const idle = pipelineOf({
      watermark: { ...watermark, partition: null, delaySeconds: null, holder: null },
    });
    assert.equal(criticalPath(idle).size, 0);
    assert.match(criticalText(idle), /No window is open/);
  });
});
