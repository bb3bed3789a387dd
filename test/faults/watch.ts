import pg from 'pg';
import type { HttpReceiver } from '../services/alerting/notify/receivers.js';
import { notifiedIn } from '../support/notified.js';
import { Freshness } from './recovery.js';
import { PROBE_TENANT } from './traffic.js';
import type { Worker } from './workers.js';

const LOOK_EVERY_MS = 500;
const MEASURE_EVERY_MS = 5_000;
const ASK_MS = 3_000;

/** Rules that probes raise alerts by: of windows, and of anomalies. */
export const RULES = { window: 'ProbeHigh', anomaly: 'ProbeOdd' } as const;

/**
 * Sees how fresh what comes out is: rows of the database, notifications of alerts on windows and on anomalies. A probe
 * takes some six seconds, mostly for the grace of its window, and each partition has one every 2.5 s.
 */
export class Watch {
  readonly freshness: Freshness;
  readonly #timer: NodeJS.Timeout;
  #read = 0;
  #asking = false;
  #measuredAt = 0;
  #stale: readonly string[] = ['not looked at yet'];

  constructor(
    private readonly receiver: HttpReceiver,
    private readonly databaseUrl: string,
    private readonly metrics: readonly string[],
    private readonly workers: readonly Worker[],
    limitMs: number,
  ) {
    const outputs = ['row', ...Object.values(RULES)];
    const parts = outputs.flatMap((output) => metrics.map((metric) => `${output} of ${metric}`));
    this.freshness = new Freshness(parts, limitMs);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** What is too old at the moment. */
  get stale(): readonly string[] {
    return this.#stale;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (; this.#read < this.receiver.posts.length; this.#read++) {
      const { alerts } = notifiedIn(this.receiver.posts[this.#read]);
      for (const { labels, startsAt } of alerts)
        this.freshness.saw(`${labels.alertname} of ${labels.metric}`, Date.parse(startsAt));
    }
    this.#stale = this.freshness.look(Date.now());
    if (!this.#asking) {
      this.#asking = true;
      void this.#askDatabase().finally(() => {
        this.#asking = false;
      });
    }
    if (Date.now() - this.#measuredAt >= MEASURE_EVERY_MS) {
      this.#measuredAt = Date.now();
      for (const worker of this.workers) void worker.measure();
    }
  }

  /** While it is away nothing new is seen. */
  async #askDatabase(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      ...{ connectionTimeoutMillis: ASK_MS, query_timeout: ASK_MS },
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ metric: string; at: Date }>(
        `SELECT metric, max(time) AS at FROM tactus.metric_points
         WHERE tenant_id = $1 AND metric = ANY($2) AND time > now() - interval '5 minutes' GROUP BY metric`,
        [PROBE_TENANT, this.metrics],
      );
      for (const { metric, at } of rows) this.freshness.saw(`row of ${metric}`, at.getTime());
    } catch {
      // Stale is what it is then.
    } finally {
      await client.end().catch(() => {});
    }
  }
}
