import { Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';
import '../../shared/adapters/kafka/tolerant-metadata.js';
import { until } from '../support/until.js';
import type { Site } from './site.js';

const EVERY_MS = 100;
const METADATA_MAX_AGE_MS = 2_000;
/** A broker that stands still is left alone after this time; what it had is sent again. */
const REQUEST_TIMEOUT_MS = 5_000;
/** A producer that had to wait goes on at its rate instead of making up for the time. */
const MOST_AT_ONCE_MS = 300;

/** About `count` messages as of `now`, by topic without the prefix. */
export type Make = (count: number, now: number) => Readonly<Record<string, readonly Message[]>>;

/**
 * A steady stream of records until it is stopped. While the broker is away one batch of each
 * producer waits for it, and comes late; the others are not made.
 */
export class Load {
  readonly #stopping = new AbortController();
  readonly #producers: Producer[] = [];
  #done: Promise<unknown> = Promise.resolve();
  /** Partitions that nothing is sent to, as `topic partition`. */
  readonly #heldBack = new Set<string>();
  /** Counts the rounds of each producer. */
  readonly #rounds: number[] = [];
  sent = 0;
  /** Attempts that failed; what of them is in the log all the same counts as any other record. */
  failures = 0;

  private constructor(
    private readonly site: Site,
    private readonly make: Make,
  ) {}

  /** Resolves when all producers are connected; they share the rate. */
  static async start(site: Site, make: Make, producers = 1): Promise<Load> {
    const load = new Load(site, make);
    for (let i = 0; i < producers; i++) load.#producers.push(await connectProducer(site, i));
    load.#done = Promise.all(load.#producers.map((producer, i) => load.#run(producer, i)));
    return load;
  }

  /**
   * What is made for this partition waits from now on, in order, so that it does not block the rest.
   *
   * @param topic physical
   * @returns sends it, and goes on; once nothing is under way to the partition any more
   */
  async holdBack(topic: string, partition: number): Promise<() => void> {
    const key = `${topic} ${partition}`;
    this.#heldBack.add(key);
    const before = [...this.#rounds];
    await until('the producers to hold back', () =>
      this.#rounds.every((rounds, i) => rounds > (before[i] as number) + 1),
    );
    return () => void this.#heldBack.delete(key);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await Promise.all(this.#producers.map((producer) => producer.disconnect()));
  }

  async #run(producer: Producer, number: number): Promise<void> {
    this.#rounds[number] = 0;
    const waiting = new Map<string, Message[]>();
    const perSecond = this.site.rate / this.#producers.length;
    let last = Date.now();
    while (!this.#stopping.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      const now = Date.now();
      const count = Math.round((perSecond * Math.min(now - last, MOST_AT_ONCE_MS)) / 1_000);
      last = now;
      const made = Object.entries(this.make(count, now)).map(([name, messages]) => {
        const topic = this.site.client.prefix + name;
        return { topic, messages: this.#released(topic, messages, waiting) };
      });
      const batch = made.filter(({ messages }) => messages.length > 0);
      while (!(await this.#send(producer, batch)) && !this.#stopping.signal.aborted);
      this.#rounds[number] = (this.#rounds[number] as number) + 1;
    }
  }

  /** Those that may be sent now, with those that had to wait before them. */
  #released(topic: string, messages: readonly Message[], waiting: Map<string, Message[]>): Message[] {
    if (this.#heldBack.size === 0 && waiting.size === 0) return [...messages];
    const free: Message[] = [];
    for (const [key, kept] of waiting)
      if (key.startsWith(`${topic} `) && !this.#heldBack.has(key)) {
        free.push(...kept);
        waiting.delete(key);
      }
    for (const message of messages) {
      const key = `${topic} ${message.partition}`;
      if (this.#heldBack.has(key)) waiting.set(key, [...(waiting.get(key) ?? []), message]);
      else free.push(message);
    }
    return free;
  }

  async #send(producer: Producer, batch: { topic: string; messages: Message[] }[]): Promise<boolean> {
    try {
      await producer.sendBatch({ topicMessages: batch, acks: -1 });
      for (const { messages } of batch) this.sent += messages.length;
      return true;
    } catch {
      this.failures += 1;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      return false;
    }
  }
}

export async function connectProducer({ stack }: Pick<Site, 'stack'>, number: number): Promise<Producer> {
  const kafka = new Kafka({
    clientId: `load-${number}`,
    brokers: stack.env.KAFKA_BROKERS.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 500,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 2 },
  });
  // Partitions that are added are seen soon.
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    metadataMaxAge: METADATA_MAX_AGE_MS,
  });
  await producer.connect();
  return producer;
}
