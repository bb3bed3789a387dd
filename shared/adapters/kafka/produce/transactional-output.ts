import type { Kafka } from 'kafkajs';
import type { TopicName } from '../../../../topics/names.js';
import type { Checkpoint } from '../../../core/stage.js';
import type { Commit, GroupMember, TransactionalOutput } from '../../../ports/log.js';
import { kafkaError } from '../client.js';
import { openCluster } from '../internals.js';
import type { Codec } from '../protocol/compression.js';
import { Partitioned } from './partitioned.js';
import { settled } from './settled.js';
import { TransactionalProducer } from './transaction.js';

/**
 * A group coordinator of Kafka 4.1 that is made leader again while it still loads its log takes
 * itself for loaded when that earlier load ends, and answers with offsets of minutes ago until it
 * has read the rest. An offset therefore has to stand for a moment before it is believed.
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
 * One transactional id per input partition (KIP-98): whoever opens it fences the owner before,
 * which is what keeps a zombie's outputs and offsets out, since offsets are committed in the
 * transaction without the consumer's generation (KIP-447).
 */
export function transactionalOutput(options: TransactionalOutputOptions): TransactionalOutput {
  const { kafka, member, prefix, groupId, topic, partition, changelog, codec } = options;
  const transactionalId = `${groupId}-${topic}-${partition}`;
  const producer = new TransactionalProducer(openCluster(kafka), transactionalId, codec);
  const partitioned = new Partitioned(prefix, (name) => producer.partitions(name));

  return {
    async open(): Promise<Checkpoint | null> {
      try {
        await producer.open();
      } catch (error) {
        throw kafkaError(error, `opening the transactional id ${transactionalId}`);
      }
      return await settled(() => member.committed(topic, partition), SETTLE_MS);
    },

    async commit(commit: Commit): Promise<void> {
      try {
        for (const batch of commit.outputs) {
          await partitioned.add(batch);
          batch.clear();
        }
        if (changelog !== undefined && commit.changes.length > 0)
          await partitioned.addChanges(changelog, partition, commit.changes);
        // What goes to one broker it takes in turn; others, or another part of it, need not wait for the answer.
        await Promise.all([producer.enlist(partitioned.sets), producer.enlistGroup(groupId)]);
        await Promise.all([
          producer.write(partitioned.sets),
          producer.writeOffset(groupId, { topic, partition, ...commit.checkpoint }),
        ]);
        partitioned.clear();
        await producer.commit();
      } catch (error) {
        throw kafkaError(error, `committing a transaction of ${transactionalId}`);
      }
    },

    close: () => producer.close(),
  };
}
