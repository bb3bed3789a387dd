import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ClusterMetadata,
  newest,
  type PartitionMetadata,
  type TopicMetadata,
} from '../../../../../shared/adapters/kafka/protocol/metadata.js';

const partition = (partitionId: number, leader: number, leaderEpoch: number): PartitionMetadata => ({
  ...{ partitionErrorCode: leader < 0 ? 5 : 0, partitionId, leader, leaderEpoch, topicId: 'a' },
  ...{ replicas: [], isr: [], offlineReplicas: [] },
});
const topic = (change: Partial<TopicMetadata>): TopicMetadata => ({
  ...{ topicErrorCode: 0, topic: 't', topicId: 'a', isInternal: false, partitionMetadata: [] },
  ...change,
});
const cluster = (...topicMetadata: TopicMetadata[]): ClusterMetadata => ({
  ...{ throttleTime: 0, brokers: [], clusterId: null, controllerId: 1 },
  topicMetadata,
});
const partitions = ({ topicMetadata }: ClusterMetadata) =>
  topicMetadata.map(({ topicErrorCode, partitionMetadata }) => [
    topicErrorCode,
    ...partitionMetadata.map(({ partitionId, leader, leaderEpoch }) => [partitionId, leader, leaderEpoch]),
  ]);

describe('metadata of a cluster', () => {
  const before = cluster(topic({ partitionMetadata: [partition(0, 1, 4), partition(1, 2, 7)] }));

  it('takes no leader from a broker that has not heard of a later one', () => {
    const now = cluster(topic({ partitionMetadata: [partition(0, 2, 5), partition(1, 1, 6)] }));
    assert.deepEqual(partitions(newest(before, now)), [[0, [0, 2, 5], [1, 2, 7]]]);
  });

  it('counts epochs anew for a topic that was created anew', () => {
    const now = cluster(topic({ topicId: 'b', partitionMetadata: [partition(0, 2, 0)] }));
    assert.deepEqual(partitions(newest(before, now)), [[0, [0, 2, 0]]]);
  });

  it('keeps the partitions of a topic that cannot be described, without leaders', () => {
    const now = cluster(topic({ topicErrorCode: 3, topicId: null }));
    assert.deepEqual(partitions(newest(before, now)), [[3, [0, -1, 4], [1, -1, 7]]]);
  });

  it('is the answer itself where nothing was known', () => {
    assert.deepEqual(newest(null, before), before);
  });
});
