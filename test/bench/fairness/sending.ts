import { setTimeout as pause } from 'node:timers/promises';
import { Partitioners, type Producer } from 'kafkajs';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';

export interface Target {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly prefix: string;
  /** Address and key of the gateway; straight to Kafka without. */
  readonly gateway: { readonly url: string; readonly key: string } | null;
}

/** Where a point goes if it goes straight to Kafka. */
export type Placed = PlainPoint & { readonly partition: number };

/** Sends points one way or the other, whatever becomes of them. */
export class Sender {
  readonly #client: PlainClient;
  #producer: Producer | null = null;
  #encode: (value: object) => Buffer = () => Buffer.alloc(0);
  /** Sends that the broker or the gateway did not take. */
  refused = 0;

  constructor(private readonly target: Target) {
    this.#client = new PlainClient(target, target.prefix);
  }

  async connect(): Promise<this> {
    if (this.target.gateway !== null) return this;
    this.#encode = await this.#client.encoder('ingest.metrics');
    this.#producer = this.#client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await this.#producer.connect();
    return this;
  }

  async send(points: readonly Placed[]): Promise<void> {
    try {
      if (this.target.gateway !== null)
        await post(
          this.target.gateway,
          JSON.stringify(
            points.map(({ tenantId, metric, timestamp, value, id }) => ({
              tenantId,
              metric,
              timestamp,
              value,
              id,
            })),
          ),
        );
      else {
        const messages = points.map((point) => ({
          partition: point.partition,
          key: null,
          value: this.#encode(point),
        }));
        await this.#producer?.send({ topic: `${this.target.prefix}ingest.metrics`, messages, acks: -1 });
      }
    } catch {
      this.refused += 1;
    }
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect();
  }
}

/** @throws Error when it is not taken as a whole */
export async function post({ url, key }: NonNullable<Target['gateway']>, json: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/metrics`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: json,
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${answer.status}`);
}

export interface Pace {
  /** Points per second. */
  readonly rate: number;
  readonly everyMs: number;
  /** Sends that may be under way: who is not answered sends no more. */
  readonly atOnce: number;
}

/**
 * Sends at a pace until it is aborted; resolves with the number of points when all sends are answered.
 *
 * @param send sends so many points, from the one of this number on
 */
export async function sendAt(
  { rate, everyMs, atOnce }: Pace,
  send: (from: number, count: number, now: number) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const began = Date.now();
  const pending = new Set<Promise<void>>();
  let made = 0;
  let skipped = 0;
  while (!signal.aborted) {
    const now = Date.now();
    const due = Math.floor(((now - began) * rate) / 1_000) - made - skipped;
    if (pending.size >= atOnce) skipped += due;
    else if (due > 0) {
      const sent = send(made, due, now);
      made += due;
      pending.add(sent);
      void sent.then(() => pending.delete(sent));
    }
    await pause(Math.max(1, now + everyMs - Date.now()));
  }
  await Promise.all(pending);
  return made;
}

export function pointAt(tenantId: string, id: string, timestamp: number, partition: number): Placed {
  const base: PlainPoint = pointOf({ tenantId, metric: `m${partition}`, id, timestamp });
  return { ...base, partition };
}
