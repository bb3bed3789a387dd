import type { Kafka } from 'kafkajs';
import type { TopicName } from '../../../../topics/names.js';
import type { Checkpoint } from '../../../core/stage.js';
import type { Commit, GroupMember, TransactionalOutput } from '../../../ports/log.js';
import { kafkaError } from '../client.js';
import { openCluster } from '../internals.js';
import type { Codec } from '../protocol/compression.js';
import { PartitionedRecordSets } from './partitioned-record-sets.js';
import { TransactionalProducer } from './transaction.js';
import { untilStable } from './until-stable.js';

/**
 * A group coordinator of Kafka 4.1 that becomes leader again while it still loads its log considers itself
 * loaded when the earlier load ends, and answers with old offsets until it has read the rest. A committed
 * offset therefore has to be stable for this long.
 */
const SETTLE_MS = 300;

export interface TransactionalOutputOptions {
  readonly kafka: Kafka;
  readonly member: GroupMember;
  readonly prefix: string;
  readonly codec: Codec;
  readonly groupId: string;
  /** Physical input topic. */
  readonly topic: string;
  readonly partition: number;
  /** Where `changes` go; written to the partition with the same number as the input's. */
  readonly changelog?: TopicName | undefined;
}

/**
 * Uses one transactional id per input partition (KIP-98): opening it fences the previous owner. Only this
 * keeps the outputs and offsets of a zombie out, since offsets are committed in the transaction without
 * the consumer's generation (KIP-447).
 */
export function transactionalOutput(options: TransactionalOutputOptions): TransactionalOutput {
  const { kafka, member, prefix, groupId, topic, partition, changelog, codec } = options;
  const transactionalId = `${groupId}-${topic}-${partition}`;
  const producer = new TransactionalProducer(openCluster(kafka), transactionalId, codec);
  const recordSets = new PartitionedRecordSets(prefix, (name) => producer.partitions(name));

  return {
    async open(): Promise<Checkpoint | null> {
      try {
        await producer.open();
      } catch (error) {
        throw kafkaError(error, `opening the transactional id ${transactionalId}`);
      }
      return await untilStable(() => member.committed(topic, partition), SETTLE_MS);
    },

    async commit(commit: Commit): Promise<void> {
      try {
        for (const batch of commit.outputs) {
          await recordSets.add(batch);
          batch.clear();
        }
        if (changelog !== undefined && commit.changes.length > 0)
          await recordSets.addChanges(changelog, partition, commit.changes);
        // A broker handles requests of one connection in order; different coordinators need not wait for each other.
        await Promise.all([producer.enlist(recordSets.sets), producer.enlistGroup(groupId)]);
        await Promise.all([
          producer.write(recordSets.sets),
          producer.writeOffset(groupId, { topic, partition, ...commit.checkpoint }),
        ]);
        recordSets.clear();
        await producer.commit();
      } catch (error) {
        throw kafkaError(error, `committing a transaction of ${transactionalId}`);
      }
    },

    close: () => producer.close(),
  };
}
