import type { Kafka } from 'kafkajs';
import type { Millis } from '../../../core/clock.js';
import type { OutputBatch } from '../../../core/output-batch.js';
import type { BatchProducer, BatchResult } from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { kafkaError } from '../client.js';
import { openCluster } from '../internals.js';
import type { Codec } from '../protocol/compression.js';
import type { RecordSet } from '../protocol/record-set.js';
import { initProducerId, type ProducerIdentity } from '../protocol/transaction-requests.js';
import { Brokers } from './brokers.js';
import { PartitionedRecordSets } from './partitioned-record-sets.js';
import { RecordWriter, SetsRefused } from './record-writer.js';

/** Version 1 of transactions is the plain Produce request, and the first InitProducerId that fits it. */
const VERSION = 1;
/** Means nothing without a transactional id. */
const NO_TRANSACTION_MS = 0;
/** Longer than an orderly change of leader takes. A partition that takes nothing for so long holds up no others. */
const STUCK_MS = 2_000;
const NOTHING_MISSING: BatchResult = { missing: new Set(), refused: new Map(), error: null };

export interface BatchProducerOptions {
  readonly kafka: Kafka;
  /** How long a batch is tried. */
  readonly timeoutMs: Millis;
}

/** Opens an idempotent producer outside of transactions. @throws TactusError when Kafka cannot be reached */
export async function batchProducer(
  { config, log }: Pick<WorkerContext, 'config' | 'log'>,
  { kafka, timeoutMs }: BatchProducerOptions,
): Promise<BatchProducer> {
  const { topicPrefix, compression } = config.kafka;
  const brokers = new Brokers(openCluster(kafka), log);
  const producer = new KafkaBatchProducer(brokers, { topicPrefix, codec: compression as Codec, timeoutMs });
  try {
    await producer.open();
  } catch (error) {
    await producer.close();
    throw error;
  }
  return producer;
}

/**
 * The same bytes are sent again while an error passes, under the same sequence numbers, so that a record is written
 * once. After a failure the producer id is given up: what is still under way somewhere may be written later than the
 * answer says, and sequences would not fit.
 */
class KafkaBatchProducer implements BatchProducer {
  readonly #writer: RecordWriter;
  readonly #sets: PartitionedRecordSets;
  #identity: ProducerIdentity | null = null;

  constructor(
    private readonly brokers: Brokers,
    private readonly options: {
      readonly topicPrefix: string;
      readonly codec: Codec;
      readonly timeoutMs: Millis;
    },
  ) {
    this.#writer = new RecordWriter(brokers, () => null, options.codec);
    this.#sets = new PartitionedRecordSets(options.topicPrefix, (topic) => brokers.partitions(topic));
  }

  async open(): Promise<void> {
    await this.brokers.connect();
    try {
      await this.#ready(this.#deadline());
    } catch (error) {
      throw kafkaError(error, 'asking for a producer id');
    }
  }

  async write(batch: OutputBatch): Promise<BatchResult> {
    const deadline = this.#deadline();
    const sets = this.#sets;
    const written = new Set<RecordSet>();
    let added = false;
    try {
      await sets.add(batch);
      added = true;
      const identity = await this.#ready(deadline);
      await this.#writer.write(sets.sets, identity, VERSION, deadline, {
        written: (set) => written.add(set),
        stuckMs: STUCK_MS,
      });
      return NOTHING_MISSING;
    } catch (error) {
      this.#identity = null;
      const missing = added ? sets.missingFrom(batch, written) : new Set(batch.topics.keys());
      const refused = new Map<number, string>();
      if (error instanceof SetsRefused)
        for (const { index, message } of sets.refused(error.sets).records) refused.set(index, message);
      return { missing, refused, error: kafkaError(error, 'producing') };
    } finally {
      sets.clear();
    }
  }

  async ask(): Promise<void> {
    try {
      // The id is not used: what matters is that somebody gives it.
      await this.brokers.askAny(initProducerId(VERSION, null, NO_TRANSACTION_MS), this.#deadline());
    } catch (error) {
      throw kafkaError(error, 'asking for a producer id');
    }
  }

  async close(): Promise<void> {
    await this.brokers.cluster.disconnect();
  }

  async #ready(deadline: number): Promise<ProducerIdentity> {
    if (this.#identity !== null) return this.#identity;
    this.#identity = await this.brokers.askAny(initProducerId(VERSION, null, NO_TRANSACTION_MS), deadline);
    this.#writer.restartSequences();
    return this.#identity;
  }

  #deadline(): number {
    return performance.now() + this.options.timeoutMs;
  }
}
