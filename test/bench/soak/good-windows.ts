import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type avro from 'avsc';
import type { Consumer } from 'kafkajs';
import { ownPrefix } from '../../support/own-prefix.js';
import type { PlainClient, PlainPoint } from '../../support/plain-client.js';
import { GOOD } from './points.js';

const SIZE_MS = 10_000;
const WINDOW = '10s';
const HEADER_BYTES = 5;

interface Aggregate {
  readonly tags: Record<string, string>;
  readonly metric: string;
  readonly window: string;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

interface Late {
  readonly point: PlainPoint;
  readonly missed: readonly { readonly window: string; readonly start: number }[];
}

/** Compares the good tenant's windows of 10 s with what it has sent, and says how late they are. */
export class GoodWindows {
  readonly #sent = new Map<string, number>();
  readonly #found = new Map<string, number>();
  readonly #late = new Map<string, number>();
  #delays: number[] = [];
  #twice = 0;
  /** Points that came too late for their window. */
  late = 0;

  private constructor(
    private readonly consumer: Consumer,
    private readonly graceMs: number,
  ) {}

  static async follow(client: PlainClient, registryUrl: string, graceMs: number): Promise<GoodWindows> {
    const registry = new SchemaRegistry({ host: registryUrl });
    const consumer = client.kafka.consumer({ groupId: ownPrefix('soak'), maxWaitTimeInMs: 200 });
    const windows = new GoodWindows(consumer, graceMs);
    const [all, late] = [`${client.prefix}windows`, `${client.prefix}late`];
    await consumer.connect();
    await consumer.subscribe({ topics: [all, late], fromBeginning: true });
    const types = new Map<number, avro.Type>();
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { key, value, timestamp } of batch.messages) {
          if (value === null || !key?.toString().startsWith(`${GOOD}|`)) continue;
          const id = value.readInt32BE(1);
          const type = types.get(id) ?? ((await registry.getSchema(id)) as avro.Type);
          types.set(id, type);
          const decoded: unknown = type.fromBuffer(value.subarray(HEADER_BYTES));
          if (batch.topic === all) windows.#take(decoded as Aggregate, Number(timestamp));
          else windows.#takeLate(decoded as Late);
        }
      },
    });
    return windows;
  }

  sent({ metric, tags, timestamp }: PlainPoint): void {
    count(this.#sent, keyOf(metric, tags, Math.floor(timestamp / SIZE_MS) * SIZE_MS));
  }

  /** By how many ms after their grace the windows since the last call were written. */
  takeDelays(): { readonly windows: number; readonly median: number; readonly most: number } {
    const delays = this.#delays.sort((a, b) => a - b);
    this.#delays = [];
    return { windows: delays.length, median: delays[delays.length >> 1] ?? 0, most: delays.at(-1) ?? 0 };
  }

  /** All that was sent until `end` has been counted, or is known to be late. */
  isComplete(end: number): boolean {
    return this.#wrong(end).length === 0;
  }

  /** What is wrong with windows that end by then, as text; at most a few. */
  findings(end: number): readonly string[] {
    const wrong = this.#wrong(end);
    const twice = this.#twice === 0 ? [] : [`${this.#twice} windows came twice`];
    return [...twice, ...wrong.slice(0, 5), ...(wrong.length > 5 ? [`${wrong.length} windows in all`] : [])];
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }

  #take({ tags, metric, window, start, end, count: points }: Aggregate, writtenAt: number): void {
    if (window !== WINDOW) return;
    const key = keyOf(metric, tags, start);
    if (this.#found.has(key)) this.#twice += 1;
    this.#found.set(key, points);
    this.#delays.push(writtenAt - end - this.graceMs);
  }

  #takeLate({ point: { metric, tags }, missed }: Late): void {
    const own = missed.find(({ window }) => window === WINDOW);
    if (own === undefined) return;
    this.late += 1;
    count(this.#late, keyOf(metric, tags, own.start));
  }

  #wrong(end: number): string[] {
    return [...this.#sent].flatMap(([key, sent]) => {
      if (Number(key.slice(key.lastIndexOf('@') + 1)) + SIZE_MS > end) return [];
      const [found, late] = [this.#found.get(key) ?? 0, this.#late.get(key) ?? 0];
      return found + late === sent ? [] : [`${key}: ${sent} points sent, ${found} counted, ${late} late`];
    });
  }
}

function keyOf(metric: string, tags: Readonly<Record<string, string>>, start: number): string {
  return `${metric} ${tags.host}@${start}`;
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
