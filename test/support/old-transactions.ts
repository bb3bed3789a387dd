import type { Kafka, Producer, Transaction } from 'kafkajs';

interface Input {
  readonly groupId: string;
  /** Physical. */
  readonly topic: string;
  readonly partition: number;
}

/**
 * The transactions of one input partition as builds made them that had a transactional id for each: offsets go
 * without member and generation, and without a mark of who has committed them.
 */
export class OldTransactions {
  #open: Transaction | null = null;

  private constructor(
    private readonly producer: Producer,
    private readonly input: Input,
  ) {}

  /** Fences the owner before, and begins a transaction. */
  static async open(kafka: Kafka, input: Input): Promise<OldTransactions> {
    const transactionalId = `${input.groupId}-${input.topic}-${input.partition}`;
    const producer = kafka.producer({ transactionalId, transactionTimeout: 30_000, maxInFlightRequests: 1 });
    await producer.connect();
    const opened = new OldTransactions(producer, input);
    await opened.#transaction();
    return opened;
  }

  async write(
    topic: string,
    partition: number,
    messages: readonly { key: string; value: Buffer }[],
  ): Promise<void> {
    const transaction = await this.#transaction();
    await transaction.send({ topic, messages: messages.map((message) => ({ ...message, partition })) });
  }

  async writeOffset(offset: number, metadata: string): Promise<void> {
    const { groupId, topic, partition } = this.input;
    const partitions = [{ partition, offset: String(offset), metadata }];
    const transaction = await this.#transaction();
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions }] });
  }

  async commit(): Promise<void> {
    const transaction = await this.#transaction();
    this.#open = null;
    await transaction.commit();
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  async #transaction(): Promise<Transaction> {
    this.#open ??= await this.producer.transaction();
    return this.#open;
  }
}
