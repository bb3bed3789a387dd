import type { Message } from 'kafkajs';
import { EVENT_SCHEMA, type PlainClient, POINT_SCHEMA } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { pick, type Random } from '../random.js';

/*
 * What producers send. The key of a record says what becomes of it, for the check of the log
 * later: topics of `ingest` take any key. Records of one output key and one id are of one
 * partition, save those that are sent across on purpose.
 */

/** `good <id> <key of the output>`: once in the output, however often the id comes. */
export const GOOD = 'good';
/** As `good`, but sent to several partitions, between which an id may come through more than once. */
export const ACROSS = 'across';
/** `bad <kind>`: once in `dlq`. */
export const BAD = 'bad';

const TENANTS = ['acme', 'bolt', 'cara', 'dune'];
const NAMES = ['plays', 'time.load', 'time.seek', 'errors'];
const EVENTS = 0.2;
const INVALID = 0.02;
const ACROSS_SHARE = 0.005;
const TWICE = 0.05;
/** At the most: a sender that saw no answer sends again after a moment; one that was restarted, much later. */
const AGAIN_MS = 40_000;
const LARGE_BYTES = 70_000;
const YEAR_MS = 31_536_000_000;

type Encode = (value: object) => Buffer;

interface Again {
  readonly at: number;
  readonly topic: string;
  readonly message: Message;
}

/** Valid records, those that come again, and invalid ones, for `ingest.metrics` and `ingest.events`. */
export class RecordMaker {
  #made = 0;
  #again: Again[] = [];

  private constructor(
    private readonly random: Random,
    private readonly partitions: number,
    private readonly encodePoint: Encode,
    private readonly encodeEvent: Encode,
  ) {}

  static async create(client: PlainClient, random: Random, partitions: number): Promise<RecordMaker> {
    const encodePoint = await client.encoder('ingest.metrics', POINT_SCHEMA);
    const encodeEvent = await client.encoder('ingest.events', EVENT_SCHEMA);
    return new RecordMaker(random, partitions, encodePoint, encodeEvent);
  }

  make(count: number, now: number): Record<string, Message[]> {
    const made: Record<string, Message[]> = { 'ingest.metrics': [], 'ingest.events': [] };
    for (let i = 0; i < count; i++) {
      const topic = this.random() < EVENTS ? 'ingest.events' : 'ingest.metrics';
      const message = this.random() < INVALID ? this.#invalid(topic, now) : this.#valid(topic, now);
      made[topic]?.push(message);
    }
    this.#again = this.#again.filter(({ at, topic, message }) => {
      if (at <= now) made[topic]?.push(message);
      return at > now;
    });
    return made;
  }

  #valid(topic: string, now: number): Message {
    const { random, partitions } = this;
    const [tenant, name] = [pick(random, TENANTS), pick(random, NAMES)];
    const id = `id-${this.#made++}`;
    const value = this.#encode(topic, { tenant, name, id, now });
    const partition = (TENANTS.indexOf(tenant) + NAMES.indexOf(name)) % partitions;
    const across = random() < ACROSS_SHARE;
    const message = { key: `${across ? ACROSS : GOOD} ${id} ${tenant}|${name}`, value, partition };
    if (across) this.#repeat(topic, { ...message, partition: (partition + 1) % partitions }, now);
    else if (random() < TWICE) {
      // Some senders stamp it anew: what counts is the id.
      const again = random() < 0.5 ? value : this.#encode(topic, { tenant, name, id, now: now - 1 });
      this.#repeat(topic, { ...message, value: again }, now);
    }
    return message;
  }

  #repeat(topic: string, message: Message, now: number): void {
    this.#again.push({ at: now + AGAIN_MS * this.random() ** 3, topic, message });
  }

  #invalid(topic: string, now: number): Message {
    const good = {
      tenant: pick(this.random, TENANTS),
      name: pick(this.random, NAMES),
      id: `bad-${this.#made++}`,
      now,
    };
    const kinds: readonly [string, () => Buffer | null][] = [
      ['cut off', () => this.#encode(topic, good).subarray(0, 9)],
      ['no magic byte', () => Buffer.from(`{"id":"${good.id}"}`)],
      ['no value', () => null],
      ['no tenant', () => this.#encode(topic, { ...good, tenant: '' })],
      ['two tenants', () => this.#encode(topic, { ...good, tenant: 'a|b' })],
      ['no id', () => this.#encode(topic, { ...good, id: '' })],
      ['far future', () => this.#encode(topic, { ...good, now: now + YEAR_MS })],
      ['too large', () => this.#encode(topic, { ...good, id: 'x'.repeat(LARGE_BYTES) })],
    ];
    // The large one is rare: it is not a test of the network.
    const [kind, value] = pick(this.random, this.random() < 0.05 ? kinds : kinds.slice(0, -1));
    const partition = Math.floor(this.random() * this.partitions);
    return { key: `${BAD} ${kind}`, value: value(), partition };
  }

  #encode(topic: string, of: { tenant: string; name: string; id: string; now: number }): Buffer {
    const common = { tenantId: of.tenant, id: of.id, timestamp: of.now };
    if (topic === 'ingest.events')
      return this.encodeEvent({
        ...common,
        type: of.name,
        subjectId: null,
        attributes: { n: { string: 'x' } },
      });
    return this.encodePoint(pointOf({ ...common, metric: of.name, tags: { host: 'a' } }));
  }
}
