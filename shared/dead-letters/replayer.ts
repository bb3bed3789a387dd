import { createKafka, kafkaError } from '../adapters/kafka/client.js';
import { openCluster } from '../adapters/kafka/internals.js';
import { Brokers } from '../adapters/kafka/produce/brokers.js';
import { PartitionedRecordSets } from '../adapters/kafka/produce/partitioned-record-sets.js';
import { TransactionSession } from '../adapters/kafka/produce/transaction-session.js';
import { AnswerError, OF_RECORDS } from '../adapters/kafka/protocol/answers.js';
import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import { OutputBatch } from '../core/output-batch.js';
import type { CommandContext } from '../process/context.js';
import { attemptsOf, type Replayed, type StoredDeadLetter } from './dead-letter.js';
import { replayRecord } from './replay-rules.js';

/** How long one attempt may take, which is shorter than the broker lets a transaction take. */
const ATTEMPTS_MS = 5_000;

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

  /**
   * Fences any other replay. Once it is done, whatever an earlier transaction of this one has left open is over: committed
   * as it was decided, or aborted.
   */
  async open(): Promise<void> {
    try {
      await this.#brokers.connect();
      this.#session.forget();
      await this.#session.ready(performance.now() + ATTEMPTS_MS);
    } catch (error) {
      throw kafkaError(error, 'opening the transactional id of replays');
    }
  }

  /**
   * One attempt. After a failure it is not known whether it was done: {@link open} comes next, and then a look at the marks.
   *
   * @param at the time in the marks
   */
  async replay(letters: readonly StoredDeadLetter[], at: Millis): Promise<void> {
    const deadline = performance.now() + ATTEMPTS_MS;
    try {
      await this.#session.ready(deadline);
      const records = letters.map(replayRecord).filter((record) => record !== null);
      await this.#recordSets.add(OutputBatch.of(records));
      const marks = letters.map((one) => ({
        key: one.id,
        value: Buffer.from(JSON.stringify(markOf(one, at))),
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

/** What is written down of a dead letter that is replayed. */
export function markOf({ letter }: StoredDeadLetter, at: Millis): Replayed {
  return { at, attempts: attemptsOf(letter) + 1 };
}

/** Whether a replay failed because of a record in it, as one that is larger than its topic allows: it always will. */
export function blamesRecords(error: unknown): boolean {
  return (
    error instanceof TactusError && error.cause instanceof AnswerError && OF_RECORDS.has(error.cause.code)
  );
}
