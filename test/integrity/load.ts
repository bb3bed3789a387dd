import { Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';
import type { PlainClient } from '../support/plain-client.js';
import { PointMaker } from './points.js';
import type { Random } from './random.js';

const EVERY_MS = 100;
/** A producer that had to wait goes on at its rate instead of making up for the time. */
const MOST_AT_ONCE_MS = 300;
/** Share of points by a writer with a schema of its own, which the workers read another way. */
const FOREIGN = 0.05;

const NULLABLE = ['null', 'string'] as const;
const POINT_FIELDS = [
  { name: 'tenantId', type: 'string' },
  { name: 'metric', type: 'string' },
  { name: 'tags', type: { type: 'map', values: 'string' }, default: {} },
  { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'value', type: 'double' },
  { name: 'id', type: 'string' },
  { name: 'unit', type: NULLABLE, default: null },
  { name: 'source', type: NULLABLE, default: null },
];
const record = (fields: readonly object[]) => ({
  type: 'record',
  name: 'MetricPoint',
  namespace: 'io.tactus.v1',
  fields,
});

/**
 * A steady stream of points into `metrics` until it is stopped. While the broker is away one batch
 * waits for it, and comes late; the others are not made.
 */
export class Load {
  readonly #stopping = new AbortController();
  #done: Promise<void> = Promise.resolve();
  sent = 0;
  /** Attempts that failed; what of them is in the log all the same counts as any other record. */
  failures = 0;

  private constructor(
    private readonly producer: Producer,
    readonly maker: PointMaker,
    private readonly options: {
      topic: string;
      perSecond: number;
      random: Random;
      encode: (value: object) => Buffer;
      encodeForeign: (value: object) => Buffer;
    },
  ) {}

  static async start(
    client: PlainClient,
    broker: string,
    perSecond: number,
    random: Random,
    partitions: number,
  ): Promise<Load> {
    const encode = await client.encoder('metrics', record(POINT_FIELDS));
    const encodeForeign = await client.encoder(
      'metrics',
      record([...POINT_FIELDS, { name: 'colour', type: 'string', default: 'none' }]),
    );
    const kafka = new Kafka({
      clientId: 'load',
      brokers: [broker],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 500,
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 2 },
    });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const maker = new PointMaker(random, partitions, Date.now());
    const topic = `${client.prefix}metrics`;
    const load = new Load(producer, maker, { topic, perSecond, random, encode, encodeForeign });
    load.#done = load.#run();
    return load;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.producer.disconnect();
  }

  async #run(): Promise<void> {
    const { perSecond } = this.options;
    let last = Date.now();
    while (!this.#stopping.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      const now = Date.now();
      const count = Math.round((perSecond * Math.min(now - last, MOST_AT_ONCE_MS)) / 1_000);
      last = now;
      const messages = this.#messages(count, now);
      while (messages.length > 0 && !(await this.#send(messages)) && !this.#stopping.signal.aborted);
    }
  }

  async #send(messages: Message[]): Promise<boolean> {
    try {
      await this.producer.send({ topic: this.options.topic, messages, acks: -1 });
      this.sent += messages.length;
      return true;
    } catch {
      this.failures += 1;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      return false;
    }
  }

  #messages(count: number, now: number): Message[] {
    const { random, encode, encodeForeign } = this.options;
    return this.maker.make(count, now).map(({ partition, point }) => ({
      key: `${point.tenantId}|${point.metric}`,
      value: random() < FOREIGN ? encodeForeign({ ...point, colour: 'red' }) : encode(point),
      partition,
    }));
  }
}
