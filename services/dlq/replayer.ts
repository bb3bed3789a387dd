import { createKafka, kafkaError } from '../../shared/adapters/kafka/client.js';
import { openCluster } from '../../shared/adapters/kafka/internals.js';
import { PartitionedRecordSets } from '../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { TransactionalProducer } from '../../shared/adapters/kafka/produce/transaction.js';
import { systemClock } from '../../shared/core/clock.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { CommandContext } from '../../shared/process/context.js';
import { attemptsOf, type StoredDeadLetter } from './dead-letter.js';
import { replayRecord } from './replay-rules.js';

/** Writes dead letters back to their topics and marks them as replayed, in one transaction per call. */
export class Replayer {
  readonly #producer: TransactionalProducer;
  readonly #recordSets: PartitionedRecordSets;

  constructor(context: CommandContext) {
    const prefix = context.config.kafka.topicPrefix;
    this.#producer = new TransactionalProducer(openCluster(createKafka(context)), `${prefix}dlq-replay`);
    this.#recordSets = new PartitionedRecordSets(prefix, (topic) => this.#producer.partitions(topic));
  }

  /** Fences any other replay. */
  async open(): Promise<void> {
    try {
      await this.#producer.open();
    } catch (error) {
      throw kafkaError(error, 'opening the transactional id of replays');
    }
  }

  async replay(letters: readonly StoredDeadLetter[]): Promise<void> {
    try {
      const records = letters.map(replayRecord).filter((record) => record !== null);
      await this.#recordSets.add(OutputBatch.of(records));
      const marks = letters.map(({ id, letter }) => ({
        key: id,
        value: Buffer.from(JSON.stringify({ at: systemClock.now(), attempts: attemptsOf(letter) + 1 })),
      }));
      await this.#recordSets.addChanges('state.dlq', 0, marks);
      await this.#producer.write(this.#recordSets.sets);
      this.#recordSets.clear();
      await this.#producer.commit();
    } catch (error) {
      throw kafkaError(error, 'replaying dead letters');
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}
