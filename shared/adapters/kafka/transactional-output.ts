import type { Kafka, Producer as KafkaProducer, Transaction } from 'kafkajs';
import type { Checkpoint } from '../../core/stage.js';
import type { TopicName } from '../../core/topics.js';
import type { Commit, GroupMember, TransactionalOutput } from '../../ports/log.js';
import { sleep } from '../../runtime/wait.js';
import { kafkaError, partitioner } from './client.js';
import { sends } from './messages.js';

/** A new transaction waits for the markers of the one before; that takes a few milliseconds. */
const FIRST_RETRY_MS = 4;
/** The broker aborts a transaction whose owner has died after this time. */
const TRANSACTION_TIMEOUT_MS = 30_000;

export interface TransactionalOutputOptions {
  readonly kafka: Kafka;
  readonly member: GroupMember;
  readonly prefix: string;
  readonly groupId: string;
  /** Physical input topic. */
  readonly topic: string;
  readonly partition: number;
  /** Where `changes` go; written to the partition with the same number as the input's. */
  readonly changelog?: TopicName | undefined;
}

/**
 * One transactional id per input partition (KIP-98): whoever opens it fences the owner before,
 * which is what keeps a zombie's outputs and offsets out, since kafkajs commits offsets in a
 * transaction without the consumer's generation (KIP-447).
 */
export function transactionalOutput(options: TransactionalOutputOptions): TransactionalOutput {
  const { kafka, member, prefix, groupId, topic, partition } = options;
  const transactionalId = `${groupId}-${topic}-${partition}`;
  let producer: KafkaProducer | null = null;

  return {
    async open(): Promise<Checkpoint | null> {
      try {
        producer = kafka.producer({
          transactionalId,
          idempotent: true,
          maxInFlightRequests: 1,
          transactionTimeout: TRANSACTION_TIMEOUT_MS,
          allowAutoTopicCreation: false,
          createPartitioner: partitioner,
          retry: { initialRetryTime: FIRST_RETRY_MS, maxRetryTime: 500, retries: 10 },
        });
        await producer.connect();
        // kafkajs initialises the id, and so fences, with the first transaction only.
        await (await producer.transaction()).abort();
      } catch (error) {
        throw kafkaError(error, `opening the transactional id ${transactionalId}`);
      }
      return await member.committed(topic, partition);
    },

    async commit(commit: Commit): Promise<void> {
      if (producer === null) throw kafkaError(new Error('not open'), transactionalId);
      try {
        const transaction = await producer.transaction();
        for (const topicMessages of sends(commit.records, prefix))
          await transaction.sendBatch({ topicMessages, acks: -1 });
        if (options.changelog !== undefined && commit.changes.length > 0) {
          const messages = commit.changes.map(({ key, value }) => ({ key, value, partition }));
          await transaction.send({ topic: prefix + options.changelog, messages, acks: -1 });
        }
        await sendOffset(transaction, commit.checkpoint);
        await transaction.commit();
      } catch (error) {
        throw kafkaError(error, `committing a transaction of ${transactionalId}`);
      }
    },

    async close(): Promise<void> {
      const open = producer;
      producer = null;
      await open?.disconnect();
    },
  };

  async function sendOffset(transaction: Transaction, checkpoint: Checkpoint): Promise<void> {
    const offset = { partition, offset: String(checkpoint.offset), metadata: checkpoint.metadata };
    for (let attempt = 0; ; attempt++) {
      try {
        return await transaction.sendOffsets({
          consumerGroupId: groupId,
          topics: [{ topic, partitions: [offset] }],
        });
      } catch (error) {
        // kafkajs tries again when sending records, not here.
        if ((error as { type?: string }).type !== 'CONCURRENT_TRANSACTIONS' || attempt === 20) throw error;
        await sleep(FIRST_RETRY_MS * Math.min(attempt + 1, 10));
      }
    }
  }
}
