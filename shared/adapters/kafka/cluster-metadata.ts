import type { Logger } from '../../process/logger.js';
import type { InternalCluster } from './internals.js';
import { AnswerError, LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION } from './protocol/answers.js';
import './tolerant-metadata.js';

/** Who leads a partition, as far as is known. */
export interface Leader {
  readonly nodeId: string;
  readonly epoch: number;
  /** Of the topic; null where the cluster gives none. */
  readonly topicId: string | null;
  /** Others keep copies, and records that they do not have yet are not given out. */
  readonly replicated: boolean;
}

/** Null while nobody leads the partition, or nothing is known of it. */
export function leaderOf(cluster: InternalCluster, topic: string, partition: number): Leader | null {
  const known = metadataOf(cluster, topic);
  // They are in order, and mostly there is one for each number.
  const found =
    known[partition]?.partitionId === partition
      ? known[partition]
      : known.find(({ partitionId }) => partitionId === partition);
  if (found === undefined || found.leader < 0) return null;
  const { leader, leaderEpoch, topicId, replicas } = found;
  return { nodeId: String(leader), epoch: leaderEpoch, topicId, replicated: replicas.length > 1 };
}

/** @throws AnswerError while nobody leads the partition, or nothing is known of it */
export function requireLeader(cluster: InternalCluster, topic: string, partition: number): Leader {
  const leader = leaderOf(cluster, topic, partition);
  if (leader !== null) return leader;
  const known = metadataOf(cluster, topic).some(({ partitionId }) => partitionId === partition);
  const code = known ? LEADER_NOT_AVAILABLE : UNKNOWN_TOPIC_OR_PARTITION;
  throw new AnswerError(code, `${topic}[${partition}] has no leader`);
}

/** Empty before the first answer of a broker. */
function metadataOf(cluster: InternalCluster, topic: string) {
  try {
    return cluster.findTopicPartitionMetadata(topic);
  } catch {
    return [];
  }
}

/**
 * The partitions of a physical topic.
 *
 * @param least asks anew where fewer are known of
 */
export async function partitionsOf(cluster: InternalCluster, topic: string, least = 1): Promise<number[]> {
  await cluster.addMultipleTargetTopics([topic]);
  const known = () => cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  if (known().length < least) await cluster.refreshMetadata();
  const partitions = known();
  if (partitions.length === 0) throw new Error(`the broker named no partitions of ${topic}`);
  return partitions;
}

/** Learns anew which brokers there are and who leads. Never fails: the next attempt of what needs it repeats it. */
export async function refresh(cluster: InternalCluster, log: Logger): Promise<void> {
  await attempt(log, async () => {
    if (!cluster.isConnected()) await cluster.connect();
    await cluster.refreshMetadata();
  });
}

/** As {@link refresh}, where what is known is old. */
export async function refreshIfOld(cluster: InternalCluster, log: Logger): Promise<void> {
  await attempt(log, () => cluster.refreshMetadataIfNecessary());
}

async function attempt(log: Logger, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.debug({ error }, 'refreshing metadata failed; the next attempt repeats it');
  }
}
