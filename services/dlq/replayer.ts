import { createKafka, kafkaError } from '../../shared/adapters/kafka/client.js';
import { openCluster } from '../../shared/adapters/kafka/internals.js';
import { Brokers } from '../../shared/adapters/kafka/produce/brokers.js';
import { PartitionedRecordSets } from '../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { TransactionSession } from '../../shared/adapters/kafka/produce/transaction-session.js';
import { AnswerError } from '../../shared/adapters/kafka/protocol/answers.js';
import { systemClock } from '../../shared/core/clock.js';
import { TactusError } from '../../shared/core/errors.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { CommandContext } from '../../shared/process/context.js';
import { attemptsOf, type StoredDeadLetter } from './dead-letter.js';
import { replayRecord } from './replay-rules.js';

/** How long a request is tried, which is no longer than the broker lets a transaction take. */
const ATTEMPTS_MS = 10_000;

/** Writes dead letters back to their topics and marks them as replayed, in one transaction per call. */
export class Replayer {
  readonly #brokers: Brokers;
  readonly #session: TransactionSession;
  readonly #recordSets: PartitionedRecordSets;

  constructor(context: CommandContext) {
    const { config, log } = context;
    const prefix = config.kafka.topicPrefix;
    const brokers = new Brokers(openCluster(createKafka(context)), log);
    const transactionalId = `${prefix}dlq-replay`;
    this.#brokers = brokers;
    this.#session = new TransactionSession(brokers, { transactionalId, codec: 'none', log });
    this.#recordSets = new PartitionedRecordSets(prefix, (topic) => brokers.partitions(topic));
  }

  /** Fences any other replay. */
  async open(): Promise<void> {
    try {
      await this.#brokers.connect();
      await this.#session.ready(performance.now() + ATTEMPTS_MS);
    } catch (error) {
      throw kafkaError(error, 'opening the transactional id of replays');
    }
  }

  /** To be called again only after success: what another replay has done since would be done again. */
  async replay(letters: readonly StoredDeadLetter[]): Promise<void> {
    if (!this.#session.isReady)
      throw new TactusError(
        'TACTUS_KAFKA_UNAVAILABLE',
        'a connection to Kafka was lost in the middle of a replay: run the command again, which goes on with what is left',
      );
    const deadline = performance.now() + ATTEMPTS_MS;
    try {
      const records = letters.map(replayRecord).filter((record) => record !== null);
      await this.#recordSets.add(OutputBatch.of(records));
      const marks = letters.map(({ id, letter }) => ({
        key: id,
        value: Buffer.from(JSON.stringify({ at: systemClock.now(), attempts: attemptsOf(letter) + 1 })),
      }));
      await this.#recordSets.addChanges('state.dlq', 0, marks);
      await this.#session.write(this.#recordSets.sets, null, deadline);
      await this.#session.commit(deadline);
    } catch (error) {
      if (error instanceof AnswerError && error.remedy === 'fenced') throw this.#session.fenced(error);
      if (error instanceof AnswerError) await this.#session.abort();
      throw kafkaError(error, 'replaying dead letters');
    } finally {
      this.#recordSets.clear();
    }
  }

  async close(): Promise<void> {
    await this.#brokers.cluster.disconnect();
  }
}
