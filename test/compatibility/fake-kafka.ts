import { mock } from 'node:test';
import { AssignerProtocol, type ConsumerConfig, Kafka, type PartitionAssigner } from 'kafkajs';
import { type InternalCluster, openCluster } from '../../shared/adapters/kafka/internals.js';
import { LogOffsets } from '../../shared/adapters/kafka/log-offsets.js';
import { Brokers, type Coordinator } from '../../shared/adapters/kafka/produce/brokers.js';
import { loadTopics } from '../../shared/catalog/topics.js';

/** What one process has said to Kafka about itself. */
export interface Heard {
  /** Topics that a consumer group has subscribed to, by its id. */
  readonly groups: Record<string, string[]>;
  readonly transactionalIds: string[];
  /** Topics of which it was asked where they begin and end: those that are read without a group. */
  readonly read: string[];
}

const PARTITION = 0;

/**
 * A Kafka of empty topics, in place of kafkajs' clients, that gives partition 0 of each topic to who asks. It stands
 * where the protocol is spoken, so that what is heard is what a broker would hear.
 */
export function fakeKafka(prefix: string): Heard {
  const heard: Heard = { groups: {}, transactionalIds: [], read: [] };
  const topics = [...loadTopics().keys()].map((name) => prefix + name);
  const nothing = async () => {};
  mock.method(Kafka.prototype, 'admin', () => ({
    ...{ connect: nothing, disconnect: nothing, createTopics: async () => true },
    listTopics: async () => topics,
    fetchTopicMetadata: async () => ({ topics: [] }),
    describeConfigs: async () => ({ resources: [] }),
    fetchOffsets: async () => [],
  }));
  mock.method(Kafka.prototype, 'producer', () => ({
    connect: nothing,
    disconnect: nothing,
    sendBatch: nothing,
  }));
  mock.method(Kafka.prototype, 'consumer', ({ groupId, partitionAssigners = [] }: ConsumerConfig) => {
    const joined: ((event: object) => void)[] = [];
    return {
      ...{ connect: nothing, disconnect: nothing, pause: () => {}, events: { GROUP_JOIN: 'join' } },
      on: (event: string | undefined, listener: (event: object) => void) => {
        if (event === 'join') joined.push(listener);
      },
      subscribe: async ({ topics: wanted }: { topics: string[] }) => {
        heard.groups[groupId] = wanted;
      },
      run: async () => {
        const all = heard.groups[groupId] ?? [];
        const memberAssignment = Object.fromEntries(all.map((topic) => [topic, [PARTITION]]));
        await joinedGroup(partitionAssigners, memberAssignment);
        for (const listener of joined) listener({ payload: { memberAssignment } });
      },
    };
  });
  mock.method(Brokers.prototype, 'ask', async ({ id }: Coordinator, { apiName }: { apiName: string }) => {
    switch (apiName) {
      case 'InitProducerId':
        heard.transactionalIds.push(id);
        return { producerId: 1n, epoch: 0 };
      case 'OffsetFetch':
        // Nothing is committed.
        return (heard.groups[id] ?? []).map((topic) => ({
          ...{ topic, partition: PARTITION },
          ...{ code: 0, offset: -1, metadata: '' },
        }));
      case 'AddPartitionsToTxn':
      case 'EndTxn':
        return null;
      default:
        throw new Error(`a worker without anything to do sent ${apiName}`);
    }
  });
  const cluster: Partial<Record<keyof InternalCluster, (what: never) => unknown>> = {
    connect: nothing,
    disconnect: nothing,
    refreshMetadata: nothing,
    getNodeIds: () => [],
    addMultipleTargetTopics: nothing,
    isConnected: () => true,
    // Nobody leads anything: where there is nothing to read, nobody need be asked for it.
    findTopicPartitionMetadata: () => [{ partitionId: PARTITION, leader: -1 }],
  };
  // Who only asks where a topic ends writes it.
  mock.method(LogOffsets.prototype, 'ends', async () => new Map([[PARTITION, 0]]));
  mock.method(LogOffsets.prototype, 'range', async (topic: string) => {
    heard.read.push(topic);
    return { start: 0, end: 0 };
  });
  const real = Object.getPrototypeOf(openCluster(new Kafka({ brokers: ['localhost:1'] })));
  for (const [name, instead] of Object.entries(cluster)) mock.method(real, name, instead as () => unknown);
  return heard;
}

/** As kafkajs joins a group, with the coordinator that its cluster finds. */
async function joinedGroup(
  assigners: readonly PartitionAssigner[],
  assignment: Record<string, number[]>,
): Promise<void> {
  const encoded = { version: 0, assignment, userData: Buffer.alloc(0) };
  const found = {
    joinGroup: async (_: object) => {},
    syncGroup: async (_: object) => ({
      memberAssignment: AssignerProtocol.MemberAssignment.encode(encoded),
    }),
  };
  const cluster = { findGroupCoordinator: async () => found, refreshMetadata: async () => {} };
  for (const assigner of assigners) assigner({ cluster, groupId: '', logger: {} } as never);
  const coordinator = await cluster.findGroupCoordinator();
  await coordinator.joinGroup({});
  await coordinator.syncGroup({ memberId: 'member', generationId: 1 });
}
