import type { DeadLetter } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { createKafka } from '../adapters/kafka/client.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { INTERNAL, loadTopics } from '../catalog/topics.js';
import { arrayBatch } from '../core/array-batch.js';
import { attempt, TactusError } from '../core/errors.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { OffsetRange } from '../ports/log.js';
import type { CommandContext } from '../process/context.js';
import { retried } from '../process/retried.js';
import { readPartition } from '../runners/read-partition.js';
import {
  type Filter,
  matcherOf,
  originOf,
  type Replayed,
  type StoredDeadLetter,
  tenantOf,
} from './dead-letter.js';

/** Reads the topic `dlq` from its beginning to its end. */
export class DeadLetterReader {
  readonly #decoders = new Map<TopicName, ValueDecoder<unknown> | null>();
  readonly #topics = loadTopics();
  readonly #replayed = new Map<string, Replayed>();

  private constructor(
    private readonly context: CommandContext,
    private readonly reader: LogReader,
    private readonly codecs: Codecs,
  ) {}

  static async open(context: CommandContext): Promise<DeadLetterReader> {
    const reader = new LogReader(createKafka(context), context);
    await retried(context, () => reader.connect());
    return new DeadLetterReader(context, reader, new Codecs(context));
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  /** The last replay of a dead letter, as of {@link readMarks}; null when it was not replayed. */
  lastReplay(id: string): Replayed | null {
    return this.#replayed.get(id) ?? null;
  }

  /** Reads which dead letters have been replayed; to be called before {@link read}, and again to learn what has changed. */
  async readMarks(): Promise<void> {
    const { config, stopping } = this.context;
    const topic = `${config.kafka.topicPrefix}state.dlq`;
    const range = await retried(this.context, () => this.reader.range(topic, 0));
    for await (const batch of readPartition(this.reader, topic, 0, range, stopping)) {
      for (let i = 0; i < batch.length; i++) {
        const [id, mark] = [batch.key(i)?.toString(), batch.value(i)?.toString()];
        if (id !== undefined && mark !== undefined) this.#replayed.set(id, JSON.parse(mark) as Replayed);
      }
    }
  }

  /**
   * Dead letters that match, in order within each partition. Their bytes stay valid. Values are decoded of those alone that match by what
   * else is known of them.
   *
   * @param filter with `id`, the single one of that `partition:offset`
   */
  async *read(filter: Filter & { readonly id?: string } = {}): AsyncGenerator<StoredDeadLetter> {
    const { id: only } = filter;
    const wanted = matcherOf(filter);
    const { config, stopping } = this.context;
    const topic = `${config.kafka.topicPrefix}dlq`;
    const decoder = this.codecs.decoder('dlq');
    const partitions = await retried(this.context, () => this.reader.partitions(topic));
    const [onlyPartition, onlyOffset] = only?.split(':').map(Number) ?? [];
    for (let partition = 0; partition < partitions; partition++) {
      if (onlyPartition !== undefined && onlyPartition !== partition) continue;
      const all = await retried(this.context, () => this.reader.range(topic, partition));
      const range = onlyOffset === undefined ? all : single(all, onlyOffset);
      for await (const batch of readPartition(this.reader, topic, partition, range, stopping)) {
        await decoder.prepare(batch, stopping);
        for (let i = 0; i < batch.length && !stopping.aborted; i++) {
          const id = `${partition}:${batch.offset(i)}`;
          if (only !== undefined && id !== only) continue;
          const letter = this.#decode(decoder, batch.value(i), id);
          const origin = letter === null ? null : originOf(letter.topic, config.kafka.topicPrefix);
          if (letter === null || !wanted.letter(letter, origin)) continue;
          const one = await this.#describe(id, letter, origin);
          if (wanted.tenant(one.tenantId)) yield one;
        }
      }
    }
  }

  #decode(decoder: ValueDecoder<DeadLetter>, value: Buffer | null, id: string): DeadLetter | null {
    const decoded = attempt(() => decoder.decode(value));
    if (decoded.problem !== null)
      this.context.log.warn(`dead letter ${id} cannot be decoded: ${decoded.problem}`);
    return decoded.value;
  }

  async #describe(id: string, letter: DeadLetter, origin: TopicName | null): Promise<StoredDeadLetter> {
    const decoded = origin === null ? null : await this.#decodeValue(origin, letter.value);
    return {
      ...{ id, letter, origin, decoded },
      tenantId: tenantOf(decoded, letter.key),
      replayed: this.lastReplay(id),
    };
  }

  /** The decoded value; null for most records that `ingest` refused, which cannot be decoded. */
  async #decodeValue(origin: TopicName, value: Buffer | null): Promise<unknown> {
    let decoder = this.#decoders.get(origin);
    if (decoder === undefined) {
      decoder = this.#topics.get(origin)?.value === INTERNAL ? null : this.codecs.decoder(origin);
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

/** Of a range the one offset; nothing where that is no part of it. */
function single(range: OffsetRange, offset: number): OffsetRange {
  const start = Math.min(Math.max(range.start, offset), range.end);
  return { ...range, start, end: Math.min(range.end, Math.max(start, offset + 1)) };
}
