import type { Logger } from '../../process/logger.js';
import type { InternalCluster } from './internals.js';

/**
 * The partitions of a physical topic.
 *
 * @param least asks anew where fewer are known of
 */
export async function partitionsOf(cluster: InternalCluster, topic: string, least = 0): Promise<number[]> {
  await cluster.addMultipleTargetTopics([topic]);
  const known = () => cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  if (known().length < least) await cluster.refreshMetadata();
  const partitions = known();
  if (partitions.length === 0) throw new Error(`the broker named no partitions of ${topic}`);
  return partitions;
}

/** The ends of partitions of a physical topic, records of open transactions included. */
export async function endsOf(
  cluster: InternalCluster,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  const asked = partitions.map((partition) => ({ partition }));
  const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: asked, fromBeginning: false }]);
  const ends = new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  if (ends.size < partitions.length) throw new Error(`the broker did not name all offsets of ${topic}`);
  return ends;
}

/** Learns anew which brokers there are and who leads. Never fails: the next attempt of what needs it repeats it. */
export async function refresh(cluster: InternalCluster, log: Logger): Promise<void> {
  try {
    if (!cluster.isConnected()) await cluster.connect();
    await cluster.refreshMetadata();
  } catch (error) {
    log.debug({ error }, 'refreshing metadata failed; the next attempt repeats it');
  }
}
