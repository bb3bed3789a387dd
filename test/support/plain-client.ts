import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type avro from 'avsc';
import { type Consumer, Kafka, logLevel, Partitioners } from 'kafkajs';
import { ownPrefix } from './own-prefix.js';
import type { Servers } from './servers.js';
import { until } from './until.js';

/*
 * A producer and reader as somebody else would write them: kafkajs and its library for the schema
 * registry, with schemas of their own. Shares no code with the workers.
 */

export interface PlainPoint {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly timestamp: number;
  readonly value: number;
  readonly id: string;
  readonly unit: string | null;
  readonly source: string | null;
  /** Left out by writers of the first version. */
  readonly kind?: 'gauge' | 'delta' | 'cumulative' | 'member';
  readonly startTimestamp?: number | null;
}

/** A dead letter. */
export interface PlainLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, Buffer>;
  readonly error: string;
  readonly message: string;
  readonly worker: string;
}

/** The writer's schema of points, as somebody else has it. */
export const POINT_SCHEMA = {
  type: 'record',
  name: 'MetricPoint',
  namespace: 'io.tactus.v1',
  fields: [
    { name: 'tenantId', type: 'string' },
    { name: 'metric', type: 'string' },
    { name: 'tags', type: { type: 'map', values: 'string' }, default: {} },
    { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'value', type: 'double' },
    { name: 'id', type: 'string' },
    { name: 'unit', type: ['null', 'string'], default: null },
    { name: 'source', type: ['null', 'string'], default: null },
  ],
} as const;

/** The same of somebody who has counters. */
export const COUNTER_SCHEMA = {
  ...POINT_SCHEMA,
  fields: [
    ...POINT_SCHEMA.fields,
    {
      name: 'kind',
      type: {
        type: 'enum',
        name: 'MetricKind',
        symbols: ['gauge', 'delta', 'cumulative', 'member'],
        default: 'gauge',
      },
      default: 'gauge',
    },
    {
      name: 'startTimestamp',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
    },
  ],
} as const;

export const EVENT_SCHEMA = {
  type: 'record',
  name: 'Event',
  namespace: 'io.tactus.v1',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'tenantId', type: 'string' },
    { name: 'type', type: 'string' },
    { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'subjectId', type: ['null', 'string'], default: null },
    {
      name: 'attributes',
      type: { type: 'map', values: ['null', 'boolean', 'long', 'double', 'string'] },
      default: {},
    },
  ],
} as const;

/** A record of a topic with its value decoded by the writer's schema from the registry. */
export interface ReadRecord<T> {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly bytes: Buffer;
  readonly value: T;
}

export class PlainClient {
  readonly kafka: Kafka;
  readonly #registry: SchemaRegistry;

  constructor(
    servers: Pick<Servers, 'KAFKA_BROKERS' | 'SCHEMA_REGISTRY_URL'>,
    readonly prefix: string,
  ) {
    this.kafka = new Kafka({
      clientId: 'plain',
      brokers: servers.KAFKA_BROKERS.split(','),
      logLevel: logLevel.NOTHING,
    });
    this.#registry = new SchemaRegistry({ host: servers.SCHEMA_REGISTRY_URL });
  }

  /**
   * Registers a schema under `<prefix><topic>-value` and gives an encoder in wire format: what the
   * library's `encode` does, but for a whole batch without a promise per value.
   */
  async encoder(topic: string, schema: object = POINT_SCHEMA): Promise<(value: object) => Buffer> {
    const { id } = await this.#registry.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
      { subject: `${this.prefix}${topic}-value` },
    );
    const type = (await this.#registry.getSchema(id)) as avro.Type;
    const head = Buffer.alloc(5);
    head.writeInt32BE(id, 1);
    return (value) => Buffer.concat([head, type.toBuffer(value)]);
  }

  async produce(
    topic: string,
    messages: {
      key: string | null;
      value: Buffer | null;
      partition?: number;
      headers?: Record<string, Buffer>;
    }[],
  ): Promise<void> {
    const producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const pieces = Math.ceil(messages.length / 1_000);
    for (let i = 0; i < pieces; i++)
      await producer.send({
        topic: this.prefix + topic,
        messages: messages.slice(i * 1_000, (i + 1) * 1_000),
      });
    await producer.disconnect();
  }

  /**
   * Follows a topic from its beginning under read_committed. `records` grows as they come; `wait`
   * resolves when there are as many as asked for. A record stands in it once, though a reader that
   * had to join its group again gets what came since its last commit a second time.
   */
  async follow<T>(topic: string): Promise<Follower<T>> {
    const consumer = this.kafka.consumer({ groupId: ownPrefix('reader'), maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topics: [this.prefix + topic], fromBeginning: true });
    const records: ReadRecord<T>[] = [];
    const nextOffsets = new Map<number, number>();
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const offset = Number(message.offset);
        if (offset < (nextOffsets.get(partition) ?? 0)) return;
        const bytes = message.value as Buffer;
        const value = (await this.#registry.decode(bytes)) as T;
        records.push({
          partition,
          offset,
          key: message.key === null ? null : message.key.toString('utf8'),
          bytes,
          value,
        });
        nextOffsets.set(partition, offset + 1);
      },
    });
    return new Follower(consumer, topic, records);
  }
}

export class Follower<T> {
  constructor(
    private readonly consumer: Consumer,
    private readonly topic: string,
    readonly records: readonly ReadRecord<T>[],
  ) {}

  get values(): T[] {
    return this.records.map(({ value }) => value);
  }

  /** Resolves when at least `count` records have come. */
  async wait(count: number, ms = 120_000): Promise<readonly ReadRecord<T>[]> {
    try {
      await until(`${count} records in ${this.topic}`, () => this.records.length >= count, ms);
    } catch (error) {
      throw new Error(`${String(error)}; there are ${this.records.length}`);
    }
    return this.records;
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
  }
}
