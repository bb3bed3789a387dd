import type { Message } from 'kafkajs';
import { COUNTER_SCHEMA, type PlainClient, type PlainPoint, POINT_SCHEMA } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { IDLE_TIMEOUT_MS } from './definitions.js';
import { between, pick, type Random } from './random.js';

const TENANTS = ['acme', 'bolt', 'cara', 'dune'];
const METRICS = ['plays', 'time.load', 'time.seek'];
/** Of a counter each series comes rarely enough for all its points in open windows to be remembered. */
const CUMULATIVE = 'time.total';
const DELTA = 'sent';
/** Of members, each a number that stands for somebody. */
const MEMBER = 'time.users';
/** Of the first tenant comes a crowd as well: windows of it have more members than are counted one by one. */
const CROWD = 'users.crowd';
const CROWDED = 0.4;
const USERS = { [MEMBER]: 50, [CROWD]: 100_000 } as const;
const SHARDS = ['0', '1', '2', '3'];
/** Counters begin anew every so often; some say when they began. */
const COUNTER_MS = 20_000;
/** Level, but for a jump of some windows every so often, of each host at another time. */
const JUMPING = 'queue';
const JUMP_EVERY_MS = 15_000;
const JUMP_MS = 1_500;
const HOSTS = ['a', 'b', 'c'];
const REGIONS = ['eu', 'us'];

/** Below the smallest grace: a point this old is in time on a partition that is not held up. */
const DISORDER_MS = 2_500;
const DISORDERLY = 0.3;
/** Deliberately late: by a little (some windows missed, some not) up to all windows missed. */
const LATE = 0.005;
const LATE_MS = { from: 3_500, to: 30_000 };
/** Clocks that are ahead must not close windows before their time. */
const AHEAD = 0.002;
const AHEAD_MS = 4_000;
const TWICE = 0.01;
/** Share of points by a writer with a schema of its own, which the workers read another way. */
const FOREIGN = 0.05;
const ACTIVE_MS = { from: 6_000, to: 25_000 };
const SILENT_MS = { from: IDLE_TIMEOUT_MS + 500, to: IDLE_TIMEOUT_MS + 4_000 };

interface PlacedPoint {
  readonly partition: number;
  readonly point: PlainPoint;
}

/** What is sent: points of all series, disorderly, some late, some twice, with partitions that fall silent. */
export class PointMaker {
  readonly #keys: readonly { tenantId: string; metric: string; partition: number }[];
  readonly #crowd;
  /** Of each partition, until when it goes on as it is, and whether it speaks. */
  readonly #phases: { speaks: boolean; until: number }[];
  #made = 0;
  silences = 0;
  deliberatelyLate = 0;
  /** Only what the first version knew: no counters, deltas and members. */
  onlyGauges = false;
  /** With a few series besides that a detector finds something in. */
  jumps = false;

  constructor(
    private readonly random: Random,
    partitions: number,
    now: number,
  ) {
    // By number, not by hash: every partition has its share of the series.
    this.#keys = TENANTS.flatMap((tenantId) =>
      [...METRICS, CUMULATIVE, DELTA, MEMBER].map((metric) => ({ tenantId, metric })),
    ).map((key, i) => ({ ...key, partition: i % partitions }));
    this.#crowd = {
      tenantId: TENANTS[0] as string,
      metric: CROWD,
      partition: this.#keys.length % partitions,
    };
    this.#phases = Array.from({ length: partitions }, () => ({
      speaks: true,
      until: now + between(random, ACTIVE_MS.from, ACTIVE_MS.to),
    }));
  }

  /** Points made so far; those that were sent twice count once. */
  get made(): number {
    return this.#made;
  }

  /** About `count` points as of `now`; none of partitions that are silent. */
  make(count: number, now: number): PlacedPoint[] {
    this.#turnPhases(now);
    const made: PlacedPoint[] = [];
    for (let i = 0; i < count; i++) {
      const key = this.random() < CROWDED ? this.#crowd : pick(this.random, this.#keys);
      if (!this.#phases[key.partition]?.speaks) continue;
      if (this.onlyGauges && !METRICS.includes(key.metric)) continue;
      const placed = { partition: key.partition, point: this.#point(key.tenantId, key.metric, now) };
      made.push(placed);
      if (this.random() < TWICE) made.push(placed);
    }
    if (this.jumps) made.push(...this.#jumping(now));
    return made;
  }

  /** A point of each series that jumps. */
  #jumping(now: number): PlacedPoint[] {
    return HOSTS.flatMap((host, i) => {
      const partition = i % this.#phases.length;
      if (!this.#phases[partition]?.speaks) return [];
      const isHigh = (now + (i * JUMP_EVERY_MS) / HOSTS.length) % JUMP_EVERY_MS < JUMP_MS;
      const value = Math.round((isHigh ? 900 : 100) * 8 + between(this.random, -8, 8)) / 8;
      const named = { tenantId: `jump-${host}`, metric: JUMPING, tags: { host }, id: `p-${this.#made++}` };
      return [{ partition, point: pointOf({ ...named, timestamp: now, value, kind: 'gauge' }) }];
    });
  }

  #turnPhases(now: number): void {
    for (const phase of this.#phases) {
      if (now < phase.until) continue;
      phase.speaks = !phase.speaks;
      if (!phase.speaks) this.silences += 1;
      const { from, to } = phase.speaks ? ACTIVE_MS : SILENT_MS;
      phase.until = now + between(this.random, from, to);
    }
  }

  #point(tenantId: string, metric: string, now: number): PlainPoint {
    const { random } = this;
    if (metric === CUMULATIVE) return this.#counter(tenantId, metric, now);
    // Squared: some series have many points, some few.
    const tags = {
      host: HOSTS[Math.floor(random() ** 2 * HOSTS.length)] as string,
      region: pick(random, REGIONS),
    };
    const isMember = metric === MEMBER || metric === CROWD;
    return pointOf({
      tenantId,
      metric,
      // The identity does not depend on the order of the tags.
      tags: random() < 0.5 ? tags : { region: tags.region, host: tags.host },
      timestamp: Math.round(now + this.#shift()),
      // Whole eighths: sums and sums of squares are exact, whatever the order.
      value: isMember ? Math.floor(random() * USERS[metric]) : Math.round(between(random, -1_000, 9_000)) / 8,
      id: `p-${this.#made++}`,
      kind: isMember ? 'member' : metric === DELTA ? 'delta' : 'gauge',
    });
  }

  /** The value follows from the time: two points of the same time are the same, whichever is first. */
  #counter(tenantId: string, metric: string, now: number): PlainPoint {
    const { random } = this;
    const tags = { host: pick(random, HOSTS), region: pick(random, REGIONS), shard: pick(random, SHARDS) };
    const timestamp = Math.round(now + this.#shift());
    const age = (timestamp + Number(tags.shard) * 1_000) % COUNTER_MS;
    return pointOf({
      ...{ tenantId, metric, tags, timestamp, value: age / 8, id: `p-${this.#made++}`, kind: 'cumulative' },
      startTimestamp: tags.region === 'eu' ? timestamp - age : null,
    });
  }

  #shift(): number {
    const { random } = this;
    const kind = random();
    if (kind < LATE) {
      this.deliberatelyLate += 1;
      return -between(random, LATE_MS.from, LATE_MS.to);
    }
    if (kind < LATE + AHEAD) return random() * AHEAD_MS;
    return -random() * (random() < DISORDERLY ? DISORDER_MS : 100);
  }
}

/** Makes the messages of points; a few have the schema of another writer. */
export async function pointMessages(
  client: PlainClient,
  maker: PointMaker,
  random: Random,
  topic = 'metrics',
): Promise<(count: number, now: number) => Message[]> {
  const encode = await client.encoder(topic);
  const encodeForeign = await client.encoder(topic, {
    ...POINT_SCHEMA,
    fields: [...POINT_SCHEMA.fields, { name: 'colour', type: 'string', default: 'none' }],
  });
  const encodeCounter = await client.encoder(topic, COUNTER_SCHEMA);
  const bytesOf = (point: PlainPoint) => {
    if (point.kind !== 'gauge') return encodeCounter(point);
    return random() < FOREIGN ? encodeForeign({ ...point, colour: 'red' }) : encode(point);
  };
  return (count, now) =>
    maker.make(count, now).map(({ partition, point }) => ({
      key: `${point.tenantId}|${point.metric}`,
      value: bytesOf(point),
      partition,
    }));
}
