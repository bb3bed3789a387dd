import type { DeadLetter } from '../../schemas/types.js';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { createKafka } from '../../shared/adapters/kafka/client.js';
import { LogReader } from '../../shared/adapters/kafka/consume/log-reader.js';
import { INTERNAL, loadTopics } from '../../shared/catalog/topics.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import { TactusError } from '../../shared/core/errors.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { CommandContext } from '../../shared/process/command.js';
import { untilItWorks } from '../../shared/process/wait.js';
import { readPartition } from '../../shared/runners/read-partition.js';
import type { TopicName } from '../../topics/names.js';
import { type Letter, originOf, type Replayed, tenantOf } from './letter.js';

/** The topic of dead letters, read from its beginning to its end. */
export class Letters {
  readonly #decoders = new Map<TopicName, ValueDecoder<unknown> | null>();
  readonly #values = loadTopics();
  readonly #replayed = new Map<string, Replayed>();

  private constructor(
    private readonly context: CommandContext,
    private readonly reader: LogReader,
    private readonly codecs: Codecs,
  ) {}

  static async open(context: CommandContext): Promise<Letters> {
    const { stopping: signal, log, health } = context;
    const reader = new LogReader(createKafka(context), context);
    await untilItWorks(() => reader.connect(), { what: 'Kafka', signal, log, health });
    return new Letters(context, reader, new Codecs(context));
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  /** Learns which letters have been replayed. */
  async readMarks(): Promise<void> {
    const { config, stopping } = this.context;
    const topic = `${config.kafka.topicPrefix}state.dlq`;
    const range = await this.reader.range(topic, 0);
    for await (const batch of readPartition(this.reader, topic, 0, range, stopping)) {
      for (let i = 0; i < batch.length; i++) {
        const [id, mark] = [batch.key(i)?.toString(), batch.value(i)?.toString()];
        if (id !== undefined && mark !== undefined) this.#replayed.set(id, JSON.parse(mark) as Replayed);
      }
    }
  }

  /**
   * All letters, in order within each partition. Bytes of a letter stay valid.
   *
   * @param only `partition:offset` of the one that is wanted
   */
  async *read(only?: string): AsyncGenerator<Letter> {
    const { config, stopping } = this.context;
    const topic = `${config.kafka.topicPrefix}dlq`;
    const decoder = this.codecs.decoder('dlq');
    const partitions = this.#values.get('dlq')?.partitions ?? 0;
    for (let partition = 0; partition < partitions; partition++) {
      if (only !== undefined && !only.startsWith(`${partition}:`)) continue;
      const range = await this.reader.range(topic, partition);
      for await (const batch of readPartition(this.reader, topic, partition, range, stopping)) {
        await decoder.prepare(batch, stopping);
        for (let i = 0; i < batch.length && !stopping.aborted; i++) {
          const id = `${partition}:${batch.offset(i)}`;
          if (only !== undefined && id !== only) continue;
          const letter = this.#decode(decoder, batch.value(i), id);
          if (letter !== null) yield await this.#describe(id, letter);
        }
      }
    }
  }

  #decode(decoder: ValueDecoder<DeadLetter>, value: Buffer | null, id: string): DeadLetter | null {
    try {
      return decoder.decode(value);
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      this.context.log.warn(`dead letter ${id} is none: ${error.message}`);
      return null;
    }
  }

  async #describe(id: string, letter: DeadLetter): Promise<Letter> {
    const origin = originOf(letter.topic, this.context.config.kafka.topicPrefix);
    const decoded = origin === null ? null : await this.#value(origin, letter.value);
    return {
      ...{ id, letter, origin, decoded },
      tenantId: tenantOf(decoded, letter.key),
      replayed: this.#replayed.get(id) ?? null,
    };
  }

  /** The value in today's type; null for most letters of `ingest`, which were refused for not being that. */
  async #value(origin: TopicName, value: Buffer | null): Promise<unknown> {
    let decoder = this.#decoders.get(origin);
    if (decoder === undefined) {
      decoder = this.#values.get(origin)?.value === INTERNAL ? null : this.codecs.decoder(origin);
      this.#decoders.set(origin, decoder);
    }
    if (decoder === null) return null;
    try {
      await decoder.prepare(arrayBatch({ topic: origin, records: [{ value }] }), this.context.stopping);
      return decoder.decode(value);
    } catch (error) {
      if (!(error instanceof TactusError) || error.retriable) throw error;
      return null;
    }
  }
}
