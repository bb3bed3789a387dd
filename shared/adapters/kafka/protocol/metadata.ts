import { type FlexibleReader, FlexibleWriter } from './flexible.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

export interface PartitionMetadata {
  /** Such as LEADER_NOT_AVAILABLE, with which the rest counts all the same. */
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  /** -1 for none. */
  readonly leader: number;
  /** Grows with each election; a broker with older metadata says a smaller one. */
  readonly leaderEpoch: number;
  /** Of the topic. */
  readonly topicId: string | null;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface TopicMetadata {
  /** With another than 0 there are no partitions. */
  readonly topicErrorCode: number;
  readonly topic: string;
  /** Another one when the topic was deleted and made anew; null where the cluster gives none. */
  readonly topicId: string | null;
  readonly isInternal: boolean;
  /** By number. */
  readonly partitionMetadata: readonly PartitionMetadata[];
}

/** Fields as kafkajs names them. */
export interface ClusterMetadata {
  readonly throttleTime: number;
  readonly brokers: readonly {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
    readonly rack: string | null;
  }[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topicMetadata: readonly TopicMetadata[];
}

const TIMEOUT_MS = 30_000;

/**
 * Who leads the partitions of topics (Metadata version 10, Kafka 2.8 and later). What is wrong with a topic or a
 * partition is said of it alone.
 *
 * @param topics null for all
 */
export function metadataRequest(topics: readonly string[] | null): PartsRequest<ClusterMetadata> {
  const body = new FlexibleWriter();
  if (topics === null) body.unsignedVarint(0);
  else body.compactArray(topics, (topic) => void body.uuid(null).compactString(topic).noTags());
  // No creation of topics, no operations that are allowed.
  body.boolean(false).boolean(false).boolean(false).noTags();
  return flexibleRequests(TIMEOUT_MS)('Metadata', 3, 10, body, read);
}

function read(reader: FlexibleReader): ClusterMetadata {
  const throttleTime = reader.int32();
  const brokers = reader.compactArray(() => {
    const [nodeId, host, port] = [reader.int32(), reader.compactString() ?? '', reader.int32()];
    const rack = reader.compactString();
    reader.tags();
    return { nodeId, host, port, rack };
  });
  const clusterId = reader.compactString();
  const controllerId = reader.int32();
  const topicMetadata = reader.compactArray(() => readTopic(reader));
  return { throttleTime, brokers, clusterId, controllerId, topicMetadata };
}

function readTopic(reader: FlexibleReader): TopicMetadata {
  const topicErrorCode = reader.int16();
  const topic = reader.compactString() ?? '';
  const topicId = reader.uuid();
  const isInternal = reader.boolean();
  const numbers = () => reader.compactArray(() => reader.int32());
  const partitionMetadata = reader.compactArray(() => {
    const partitionErrorCode = reader.int16();
    const [partitionId, leader, leaderEpoch] = [reader.int32(), reader.int32(), reader.int32()];
    const [replicas, isr, offlineReplicas] = [numbers(), numbers(), numbers()];
    reader.tags();
    const led = { leader, leaderEpoch, topicId };
    return { partitionErrorCode, partitionId, ...led, replicas, isr, offlineReplicas };
  });
  // Operations that are allowed.
  reader.int32();
  reader.tags();
  partitionMetadata.sort((a, b) => a.partitionId - b.partitionId);
  return { topicErrorCode, topic, topicId, isInternal, partitionMetadata };
}

/**
 * What is known after an answer. It may come from a broker that has not heard yet what another has said before: an
 * older leader of the same topic does not count. A topic that the broker cannot describe keeps its partitions,
 * without leaders: it may have been deleted, or be about to be made anew.
 */
export function newest(before: ClusterMetadata | null, now: ClusterMetadata): ClusterMetadata {
  const known = new Map(before?.topicMetadata.map((topic) => [topic.topic, topic]));
  const topicMetadata = now.topicMetadata.map((topic) => {
    const earlier = known.get(topic.topic);
    if (earlier === undefined) return topic;
    if (topic.topicErrorCode !== 0) return { ...topic, partitionMetadata: leaderless(earlier, topic) };
    if (earlier.topicId !== topic.topicId) return topic;
    const partitionMetadata = topic.partitionMetadata.map((partition, i) => {
      const last = earlier.partitionMetadata[i];
      return last !== undefined && last.leaderEpoch > partition.leaderEpoch ? last : partition;
    });
    return { ...topic, partitionMetadata };
  });
  return { ...now, topicMetadata };
}

function leaderless(earlier: TopicMetadata, { topicErrorCode }: TopicMetadata): PartitionMetadata[] {
  return earlier.partitionMetadata.map((partition) => ({
    ...partition,
    ...{ leader: -1, partitionErrorCode: topicErrorCode },
  }));
}
