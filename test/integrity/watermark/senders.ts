import type { Message } from 'kafkajs';
import type { PlainClient, PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { IDLE_TIMEOUT_MS } from '../definitions.js';
import { between, pick, type Random } from '../random.js';

const TENANTS = ['acme', 'bolt', 'cara', 'dune'];
const METRICS = ['plays', 'pauses', 'seeks', 'stalls', 'errors', 'time.load', 'time.seek', 'time.stall'];
const HOSTS = ['a', 'b'];

/** Below the smallest grace. */
const DISORDER_MS = 2_500;
const DISORDERLY = 0.3;
/** Really late: by a little (some windows missed, some not) up to all windows missed. */
const LATE = 0.005;
const LATE_MS = { from: 3_500, to: 30_000 };
/** A partition has no time of its own before its first point: really late ones come after a while. */
const NONE_LATE_MS = 5_000;
/** Clocks that are ahead must not close windows before their time. */
const AHEAD = 0.002;
const AHEAD_MS = 4_000;
const TWICE = 0.01;
/** Of the sender that falls silent. */
const ACTIVE_MS = { from: 6_000, to: 20_000 };
const SILENT_MS = { from: IDLE_TIMEOUT_MS + 500, to: IDLE_TIMEOUT_MS + 4_000 };
/** How far the slow clock is behind, and its share of the points. */
const SLOW_MS = 60_000;
const SLOW = 0.03;

export interface SenderOptions {
  /** Partitions that everybody sends to, at random. */
  readonly partitions: readonly number[];
  /** The one whose only sender has a slow clock; none where it is null. */
  readonly slow: number | null;
  /** Only points that are in time, of partitions that never fall silent. */
  readonly inTime: boolean;
}

/**
 * Points with present timestamps and random partitions: disorder within the grace, some really late, some twice,
 * some ahead; one partition falls silent now and then, and one has a sender with a slow clock to itself.
 */
export class Senders {
  readonly #partitions: number[];
  readonly #began: number;
  #speaks = true;
  #turnsAt: number;
  #made = 0;
  silences = 0;
  deliberatelyLate = 0;

  private constructor(
    private readonly random: Random,
    private readonly options: SenderOptions,
    now: number,
    private readonly encode: (point: PlainPoint) => Buffer,
  ) {
    this.#partitions = [...options.partitions];
    this.#began = now;
    this.#turnsAt = now + between(random, ACTIVE_MS.from, ACTIVE_MS.to);
  }

  static async create(client: PlainClient, random: Random, options: SenderOptions): Promise<Senders> {
    return new Senders(random, options, Date.now(), await client.encoder('ingest.metrics'));
  }

  /** Sends to one more partition from now on. */
  add(partition: number): void {
    this.#partitions.push(partition);
  }

  /** About `count` messages as of `now`. */
  make(count: number, now: number): Message[] {
    const { random, options } = this;
    this.#turn(now);
    const silent = this.#speaks ? -1 : (options.partitions[0] as number);
    const made: Message[] = [];
    for (let i = 0; i < count; i++) {
      const isSlow = options.slow !== null && random() < SLOW;
      const partition = isSlow ? (options.slow as number) : pick(random, this.#partitions);
      if (partition === silent) continue;
      const message = this.#message(partition, Math.round(now + (isSlow ? -SLOW_MS : this.#shift(now))));
      made.push(message);
      if (!options.inTime && random() < TWICE) made.push(message);
    }
    return made;
  }

  /** `count` points of one partition from a stretch of time that is over, in order but for the usual disorder. */
  history(partition: number, count: number, from: number, to: number): Message[] {
    return Array.from({ length: count }, (_, i) => {
      const at = from + ((to - from) * (i + 1)) / count;
      return this.#message(partition, Math.round(at - this.#disorder()));
    });
  }

  #message(partition: number, timestamp: number): Message {
    const { random } = this;
    const number = this.#made++;
    const point = pointOf({
      tenantId: pick(random, TENANTS),
      metric: pick(random, METRICS),
      tags: { host: pick(random, HOSTS), region: 'eu' },
      timestamp,
      // Whole eighths: sums and sums of squares are exact, whatever the order.
      value: Math.round(between(random, -1_000, 9_000)) / 8,
      id: idOf(number),
    });
    return { key: String(random()), value: this.encode(point), partition };
  }

  #turn(now: number): void {
    if (this.options.inTime || now < this.#turnsAt) return;
    this.#speaks = !this.#speaks;
    if (!this.#speaks) this.silences += 1;
    const { from, to } = this.#speaks ? ACTIVE_MS : SILENT_MS;
    this.#turnsAt = now + between(this.random, from, to);
  }

  #shift(now: number): number {
    const { random } = this;
    const kind = random();
    if (!this.options.inTime) {
      if (kind < LATE && now >= this.#began + NONE_LATE_MS) {
        this.deliberatelyLate += 1;
        return -between(random, LATE_MS.from, LATE_MS.to);
      }
      if (kind >= LATE && kind < LATE + AHEAD) return random() * AHEAD_MS;
    }
    return -this.#disorder();
  }

  #disorder(): number {
    const { random } = this;
    return random() * (random() < DISORDERLY ? DISORDER_MS : 100);
  }
}

function idOf(number: number): string {
  return `p-${number}`;
}

/** Number of a point by its id. */
export function numberOf(id: string): number {
  return Number(id.slice(2));
}
