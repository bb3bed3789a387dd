import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { graphOf } from '../../../../services/api/pipeline/graph.js';
import type { GroupPlace, PipelineSample } from '../../../../services/api/pipeline/sample.js';
import { WORKERS_WITH_ACLS } from '../../../../shared/catalog/acls.js';
import { PIPELINE_TOPICS, pipelineWorkers } from '../../../../shared/catalog/pipeline.js';
import { loadTopics } from '../../../../shared/catalog/topics.js';

const NOW = 1_800_000_000_000;
const WORKERS = pipelineWorkers();

const place = (partition: number, next: number | null, more: Partial<GroupPlace> = {}): GroupPlace => ({
  ...{ topic: 'metrics', partition, next, start: null, waitsSince: null, ...more },
});

function sample(
  at: number,
  ends: readonly number[],
  places: readonly GroupPlace[],
  { state = 'Stable', members = 1 }: { state?: string; members?: number } = {},
): PipelineSample {
  return {
    ...{ at, times: [] },
    ends: new Map([['metrics', ends]]),
    groups: [{ group: 'windowing', state, members, places }],
  };
}

const groupOf = (...samples: PipelineSample[]) => {
  const { workers } = graphOf(samples, WORKERS);
  return workers.find(({ worker }) => worker === 'windowing')?.groups[0];
};

describe('the graph of the pipeline', () => {
  it('leads from topics to workers to topics, as declared', () => {
    const { workers, topics } = graphOf([sample(NOW, [5], [place(0, 5)])], WORKERS);
    const windowing = workers.find(({ worker }) => worker === 'windowing');
    assert.deepEqual([windowing?.reads, windowing?.writes], [['metrics'], ['windows', 'late', 'dlq']]);
    assert.deepEqual(topics[0]?.writtenBy, ['ingest']);
    assert.ok(topics[0]?.readBy.includes('sink'));
  });

  it('has every topic that is not for state or decisions, and every worker that has ACLs', () => {
    const others = [...loadTopics().keys()].filter((topic) => !PIPELINE_TOPICS.includes(topic as 'dlq'));
    assert.deepEqual(
      others.filter((topic) => !/^(control|state)\.|^audit$/.test(topic)),
      [],
    );
    assert.deepEqual(WORKERS.map(({ worker }) => worker).sort(), [...WORKERS_WITH_ACLS].sort());
  });

  it('counts all of the log as unread where nothing is committed', () => {
    const places = [
      place(0, 90, { waitsSince: NOW - 4_000 }),
      place(1, null, { start: 10, waitsSince: NOW - 70_000 }),
    ];
    const group = groupOf(sample(NOW, [100, 60], places));
    assert.deepEqual([group?.lagRecords, group?.lagSeconds, group?.health], [60, 70, 'behind']);
    assert.deepEqual(
      group?.inputs[0]?.partitions.map(({ nextOffset, lagRecords }) => [nextOffset, lagRecords]),
      [
        [90, 10],
        [null, 50],
      ],
    );
  });

  it('knows no lag of a group that never was', () => {
    const never = sample(NOW, [100], [], { state: 'Dead', members: 0 });
    const group = groupOf(never);
    assert.deepEqual([group?.state, group?.lagRecords, group?.health], ['absent', null, 'down']);
    const optional = { ...never, groups: never.groups.map((one) => ({ ...one, group: 'sink-webhook' })) };
    const { workers, health } = graphOf([optional], WORKERS);
    assert.equal(workers.find(({ worker }) => worker === 'sink')?.health, 'unused');
    assert.equal(health, 'unknown', 'nothing else is known');
  });

  it('has rates from two samples on, over a minute at most', () => {
    const one = sample(NOW, [500], [place(0, 500)]);
    assert.equal(groupOf(one)?.inputs[0]?.readPerSecond, null);
    assert.equal(graphOf([one], WORKERS).topics[0]?.writtenPerSecond, null);
    const samples = [
      sample(NOW - 65_000, [0], [place(0, 0)]),
      sample(NOW - 50_000, [100], [place(0, 50)]),
      one,
    ];
    const graph = graphOf(samples, WORKERS);
    assert.deepEqual([graph.rateSeconds, graph.topics[0]?.writtenPerSecond], [50, 8]);
    assert.equal(groupOf(...samples)?.inputs[0]?.readPerSecond, 9);
  });

  it('shows who stands still, who is gone, and who assigns partitions anew', () => {
    const waiting = { waitsSince: NOW - 120_000 };
    const before = sample(NOW - 40_000, [100], [place(0, 10, waiting)]);
    assert.equal(groupOf(before, sample(NOW, [100], [place(0, 10, waiting)]))?.health, 'stalled');
    assert.equal(groupOf(before, sample(NOW, [100], [place(0, 50, waiting)]))?.health, 'behind');
    const gone = sample(NOW, [100], [place(0, 100)], { state: 'Empty', members: 0 });
    assert.deepEqual([groupOf(gone)?.state, groupOf(gone)?.health], ['stopped', 'down']);
    assert.equal(graphOf([gone], WORKERS).health, 'down');
    const moving = sample(NOW, [100], [place(0, 100)], { state: 'PreparingRebalance', members: 2 });
    assert.deepEqual([groupOf(moving)?.state, groupOf(moving)?.health], ['rebalancing', 'rebalancing']);
    assert.equal(graphOf([sample(NOW, [100], [place(0, 100)])], WORKERS).health, 'ok');
  });

  it('has no negative rate where a topic was made anew', () => {
    const samples = [sample(NOW - 10_000, [500], [place(0, 500)]), sample(NOW, [3], [place(0, 3)])];
    assert.equal(graphOf(samples, WORKERS).topics[0]?.writtenPerSecond, 0);
    assert.equal(groupOf(...samples)?.inputs[0]?.readPerSecond, 0);
  });
});
