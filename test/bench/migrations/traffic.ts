import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';

/** One of many that go on: how often it is done, and what it does. */
interface Work {
  readonly name: string;
  readonly sql: string;
}

/** As the sink stores, and as a dashboard asks. */
const WORK: readonly Work[] = [
  {
    name: 'write points',
    sql: `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
      SELECT now(), 'tenant-1', 'live', '{"host": "a"}', n, gen_random_uuid()::text FROM generate_series(1, 100) AS n`,
  },
  {
    name: 'read points',
    sql: `SELECT time, value FROM tactus.metric_points
      WHERE tenant_id = 'tenant-1' AND metric = 'service.requests.rate_2' AND time > now() - INTERVAL '30 minutes'
      ORDER BY time DESC LIMIT 100`,
  },
  {
    name: 'write windows',
    sql: `INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev,
        first, last, watermark, emitted_at)
      SELECT now(), now(), 'tenant-1', 'live-' || n, jsonb_build_object('run', gen_random_uuid()), '10s', 1, 1, 1, 1, 1, 0,
        1, 1, now(), now()
      FROM generate_series(1, 20) AS n`,
  },
  {
    name: 'write events',
    sql: `INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes)
      SELECT now(), 'tenant-1', 'play', gen_random_uuid()::text, 'u-' || n, '{"song": "x"}'
      FROM generate_series(1, 20) AS n`,
  },
];
export const WORK_NAMES: readonly string[] = WORK.map(({ name }) => name);
const EVERY_MS = 20;

interface Done {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Writers and readers that go on until they are stopped, each in a session of its own where the server has several. */
export class Traffic {
  readonly #done: Done[] = [];
  readonly #stopping = new AbortController();
  readonly #all: Promise<unknown>;

  constructor(private readonly pool: Pool) {
    this.#all = Promise.all(WORK.map((work) => this.#run(work)));
  }

  /** The longest that anything under way between two moments of `performance.now()` took, by name, in milliseconds. */
  longest(from: number, to: number): ReadonlyMap<string, number> {
    const longest = new Map(WORK_NAMES.map((name) => [name, 0]));
    for (const one of this.#done)
      if (one.to >= from && one.from <= to)
        longest.set(one.name, Math.max(longest.get(one.name) ?? 0, one.to - one.from));
    return longest;
  }

  get count(): number {
    return this.#done.length;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#all;
  }

  async #run({ name, sql }: Work): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const from = performance.now();
      await this.pool.query(sql);
      this.#done.push({ name, from, to: performance.now() });
      await pause(EVERY_MS);
    }
  }
}
