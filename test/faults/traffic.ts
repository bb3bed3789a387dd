import { partitionOf } from '../../shared/adapters/kafka/protocol/murmur2.js';
import { PointMaker } from '../integrity/points.js';
import { between, type Random } from '../integrity/random.js';
import type { PlainPoint } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import type { Senders } from './senders.js';

const TICK_MS = 250;
/** A tick that comes late makes up for so much at most. */
const MOST_AT_ONCE_MS = 1_000;
const EVENTS_PER_REQUEST = 3;
const EVENTS_EVERY_MS = 1_000;

/** Series whose values are known: whatever comes of them shows that the whole path works. */
export const PROBE_TENANT = 'acme';
const PROBE_HOSTS = 6;
const PROBE_EVERY_MS = 500;
/**
 * Each host has high values so often and for so long, and the hosts of a metric take turns. Longer than what workers
 * gather at once, since nobody is notified of an alert that has come and gone; low for longer than
 * crossing the same limit again counts as the same incident (ten windows).
 */
const HIGH_EVERY_MS = 15_000;
const HIGH_FOR_MS = 3_000;
/** No other point has a value like the high one. */
const [LOW, HIGH] = [8, 1_000_000];
export const THRESHOLD = HIGH / 2;
/** Numbers of probes come after those of all other points. */
const FIRST_PROBE = 2 ** 22;

/** What a sender's wrong clock is off by: within what is taken for a clock, and far behind. */
const SKEW_MS = { ahead: { from: 2_000, to: 20_000 }, behind: { from: 60_000, to: 900_000 } };
/** Share of the points that the sender with the wrong clock sends. */
const SKEWED = 0.1;

/** Names of metrics, the one of partition 0 first: each partition has one. */
export function probeMetrics(partitions: number): string[] {
  const found = new Map<number, string>();
  for (let i = 0; found.size < partitions; i++) {
    const name = `probe.${i}`;
    const partition = partitionOf(Buffer.from(`${PROBE_TENANT}|${name}`), partitions);
    if (!found.has(partition)) found.set(partition, name);
  }
  return Array.from({ length: partitions }, (_, partition) => found.get(partition) as string);
}

/** A steady load of points, probes and events through the gateways; knows what was acknowledged. */
export class Traffic {
  readonly acknowledgedPoints = new Set<number>();
  readonly acknowledgedEvents = new Set<string>();
  /** Of those sent with the wrong clock. */
  skewedPoints = 0;
  readonly #maker: PointMaker;
  readonly #began = Date.now();
  readonly #timer: NodeJS.Timeout;
  #last = Date.now();
  #nextProbeAt = this.#began;
  #nextEventsAt = this.#began;
  #probes = FIRST_PROBE;
  #events = 0;
  #skewed = false;

  constructor(
    private readonly senders: Pick<Senders, 'send'>,
    private readonly rate: number,
    private readonly random: Random,
    private readonly metrics: readonly string[],
  ) {
    this.#maker = new PointMaker(random, metrics.length, this.#began);
    this.#timer = setInterval(() => this.#tick(Date.now()), TICK_MS);
  }

  get points(): number {
    return this.#maker.made + this.#probes - FIRST_PROBE;
  }

  get deliberatelyLate(): number {
    return this.#maker.deliberatelyLate;
  }

  /** From now on a sender's clock is wrong. @returns sets it right */
  skewClock(): () => void {
    this.#skewed = true;
    return () => {
      this.#skewed = false;
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(now: number): void {
    const count = Math.round((this.rate * Math.min(now - this.#last, MOST_AT_ONCE_MS)) / 1_000);
    this.#last = now;
    if (this.#maker.made >= FIRST_PROBE) throw new Error('the load goes on for too long');
    const made = this.#maker.make(count, now).map(({ point }) => point);
    const isSkewed = this.#skewed;
    const sender = (point: PlainPoint) => (isSkewed && numberOf(point) % (1 / SKEWED) === 0 ? 'wrong ' : '');
    for (const points of Map.groupBy(made, (point) => sender(point) + point.tenantId).values()) {
      const skewed = isSkewed && sender(points[0] as PlainPoint) !== '';
      this.#send(skewed ? points.map((point) => this.#withWrongClock(point)) : points);
    }
    if (now >= this.#nextProbeAt) {
      this.#nextProbeAt = Math.max(this.#nextProbeAt + PROBE_EVERY_MS, now);
      this.#send(this.metrics.flatMap((metric) => this.#probesOf(metric, now)));
    }
    if (now >= this.#nextEventsAt) {
      this.#nextEventsAt = now + EVENTS_EVERY_MS;
      this.#sendEvents(now);
    }
  }

  #probesOf(metric: string, now: number): PlainPoint[] {
    const turn = HIGH_EVERY_MS / PROBE_HOSTS;
    return Array.from({ length: PROBE_HOSTS }, (_, host) => {
      const isHigh = (now + host * turn) % HIGH_EVERY_MS < HIGH_FOR_MS;
      const [tags, value] = [{ host: `h${host}` }, isHigh ? HIGH : LOW];
      const id = `p-${this.#probes++}`;
      return pointOf({ tenantId: PROBE_TENANT, metric, tags, timestamp: now, value, id });
    });
  }

  #withWrongClock(point: PlainPoint): PlainPoint {
    this.skewedPoints += 1;
    const { ahead, behind } = SKEW_MS;
    const off =
      this.random() < 0.5
        ? between(this.random, ahead.from, ahead.to)
        : -between(this.random, behind.from, behind.to);
    return { ...point, timestamp: Math.round(point.timestamp + off) };
  }

  #send(points: readonly PlainPoint[]): void {
    const [first] = points;
    if (first === undefined) return;
    const body = points.map(({ metric, tags, timestamp, value, id, kind }) => ({
      ...{ metric, tags, timestamp, value, id },
      // Members come as texts, which these are not.
      ...(kind !== undefined && kind !== 'member' && { kind }),
    }));
    this.senders.send({
      ...{ tenant: first.tenantId, path: '/api/v1/metrics', body: JSON.stringify(body) },
      acknowledge: () => {
        for (const point of points) this.acknowledgedPoints.add(numberOf(point));
      },
    });
  }

  #sendEvents(now: number): void {
    const ids = Array.from({ length: EVENTS_PER_REQUEST }, () => `e-${this.#events++}`);
    const events = ids.map((id) => ({ id, type: 'play', timestamp: now, subjectId: 'u-7', attributes: {} }));
    this.senders.send({
      ...{ tenant: PROBE_TENANT, path: '/api/v1/events', body: JSON.stringify(events) },
      acknowledge: () => {
        for (const id of ids) this.acknowledgedEvents.add(id);
      },
    });
  }
}

function numberOf({ id }: PlainPoint): number {
  return Number(id.slice(2));
}
