import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Millis } from '../../../shared/core/clock.js';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';
import { BUCKETS, type Bucket } from './buckets.js';
import type { Backlog } from './dirty-ranges.js';

/** Metrics of the roll-ups. */
export class RollupTelemetry {
  readonly #refresh;
  readonly #published;
  readonly #dirty;
  #backlog: { readonly of: Partial<Record<string, Backlog>>; readonly at: Millis } | null = null;
  /** Nobody knows what has come since the last look. */
  #isUnknown = false;
  readonly #postponed;
  readonly #failed;
  readonly #refused;
  readonly #leader;
  readonly #flow;

  constructor(register: Registry) {
    this.#flow = flowTelemetry(register);
    const registers = [register];
    this.#refresh = new Histogram({
      name: 'tactus_refresh_duration_seconds',
      help: 'Duration of one refresh of a continuous aggregate',
      labelNames: ['bucket'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    });
    this.#published = new Counter({
      name: 'tactus_rollups_published_total',
      help: 'Rows of roll-ups sent to the topic and acknowledged',
      labelNames: ['bucket'],
      registers,
    });
    this.#dirty = new Gauge({
      name: 'tactus_dirty_ranges',
      help: 'Buckets that are older than their points, open ones included; windows: slots not yet reconciled',
      labelNames: ['bucket'],
      registers,
    });
    const lagSeconds = (bucket: string) => this.#lagSeconds(bucket);
    new Gauge({
      name: 'tactus_batch_lag_seconds',
      help: 'Age of the oldest mark of a closed bucket, windows: of a slot; without the database, time since it could be asked. 0 on standby',
      labelNames: ['bucket'],
      registers,
      collect() {
        for (const bucket of [...BUCKETS, 'windows']) this.set({ bucket }, lagSeconds(bucket));
      },
    });
    this.#postponed = new Gauge({
      name: 'tactus_rollup_buckets_postponed',
      help: 'Buckets that failed because of the data in them, are named in the log, and are tried again once an hour',
      labelNames: ['bucket'],
      registers,
    });
    this.#failed = new Counter({
      name: 'tactus_rollup_buckets_failed_total',
      help: 'Failures of a bucket because of the data in it; the others are refreshed and published',
      labelNames: ['bucket'],
      registers,
    });
    this.#refused = new Counter({
      name: 'tactus_rollup_points_refused_total',
      help: 'Points moved to tactus.refused_points because their values made a roll-up fail',
      registers,
    });
    this.#leader = new Gauge({
      name: 'tactus_batch_leader',
      help: '1 on the leading instance, 0 on standby',
      registers,
    });
  }

  /** @returns called when the refresh has succeeded */
  timeRefresh(bucket: Bucket): () => void {
    return this.#refresh.startTimer({ bucket });
  }

  published(bucket: Bucket, rows: number): void {
    this.#published.inc({ bucket }, rows);
  }

  backlog(backlog: Partial<Record<string, Backlog>>): void {
    this.#backlog = { of: backlog, at: performance.now() };
    for (const bucket of [...BUCKETS, 'windows']) this.#dirty.set({ bucket }, backlog[bucket]?.ranges ?? 0);
    for (const bucket of BUCKETS) this.#postponed.set({ bucket }, backlog[bucket]?.postponed ?? 0);
  }

  failed(bucket: Bucket): void {
    this.#failed.inc({ bucket });
    this.#flow.failed('processing', 'rollup');
  }

  refused(points: number): void {
    this.#refused.inc(points);
    this.#flow.dropped('processing', 'refused_points', points);
  }

  leads(): void {
    this.#isUnknown = false;
    this.#leader.set(1);
  }

  /** Another instance leads, and says what there is to do. */
  standby(): void {
    this.#leader.set(0);
    this.#isUnknown = false;
    this.#backlog = null;
  }

  /** Whoever leads cannot be found out; what there was to do grows older. */
  unknown(): void {
    this.#leader.set(0);
    this.#isUnknown = true;
  }

  #lagSeconds(bucket: string): number {
    if (this.#backlog === null) return 0;
    const { of, at } = this.#backlog;
    const marked = of[bucket]?.lagSeconds ?? 0;
    return marked === 0 && !this.#isUnknown ? 0 : marked + (performance.now() - at) / 1_000;
  }
}
