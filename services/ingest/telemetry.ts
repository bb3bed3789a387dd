import { Counter, Gauge, type Registry } from 'prom-client';
import { flowTelemetry } from '../../shared/process/flow-telemetry.js';
import { countedByTenant } from '../../shared/process/tenant-counter.js';
import { QUANTITIES, type Quantity } from '../../shared/quotas/limits.js';
import type { LiveSeries } from './live-series.js';
import type { RecentIds } from './recent-ids.js';

/** Metrics of de-duplication and of the series that are let in. */
export function ingestTelemetry(register: Registry): {
  duplicates(topic: string, count: number): void;
  watchIds(topic: string, ids: RecentIds): void;
  watchSeries(series: LiveSeries, room: { readonly together: boolean }): void;
  readonly seriesRefused: (tenant: string) => void;
  /** Redis did not answer. */
  readonly redisFailed: () => void;
  /** A new series was decided about without Redis. */
  readonly alone: () => void;
  readonly overQuota: (tenant: string, quantity: Quantity, records: number) => void;
  readonly mapped: (mapping: string, outcome: 'point' | 'failed') => void;
  /** Only these mappings are still counted. */
  keepMappings(names: ReadonlySet<string>): void;
} {
  const registers = [register];
  const flow = flowTelemetry(register);
  const duplicates = new Counter({
    name: 'tactus_duplicates_dropped_total',
    help: 'Records dropped because their id had been accepted inside the de-duplication window',
    labelNames: ['topic'],
    registers,
  });
  const watched = new Map<string, RecentIds>();
  new Gauge({
    name: 'tactus_dedup_ids',
    help: 'Ids remembered for de-duplication',
    labelNames: ['topic'],
    registers,
    collect() {
      for (const [topic, ids] of watched) this.set({ topic }, ids.size);
    },
  });
  new Gauge({
    name: 'tactus_dedup_window_seconds',
    help: 'How far back ids are remembered; less than the window while TACTUS_DEDUP_MAX_IDS is reached',
    labelNames: ['topic'],
    registers,
    collect() {
      for (const [topic, ids] of watched) this.set({ topic }, ids.reachMs / 1_000);
    },
  });
  new Counter({
    name: 'tactus_dedup_ids_evicted_total',
    help: 'Ids forgotten before the window was over because TACTUS_DEDUP_MAX_IDS was reached',
    labelNames: ['topic'],
    registers,
    collect() {
      this.reset();
      for (const [topic, ids] of watched) this.inc({ topic }, ids.evicted);
    },
  });
  const refused = new Counter({
    name: 'tactus_series_refused_total',
    help: 'Points of new series that were refused because their tenant, or all, have as many as they may; of the 100 tenants counted last',
    labelNames: ['tenant'],
    registers,
  });
  const redisFailures = new Counter({
    name: 'tactus_ingest_quota_redis_failures_total',
    help: 'Times that Redis did not answer about series and shares of quotas in time: each stands for up to a second in which this worker counts without it (TACTUS_QUOTA_WITHOUT_REDIS)',
    registers,
  });
  const alone = new Counter({
    name: 'tactus_series_decided_alone_total',
    help: 'New series that were decided about without Redis, though other workers may have series of the same tenant',
    registers,
  });
  const over = new Counter({
    name: 'tactus_over_quota_total',
    help: 'Points and events of producers to Kafka that were refused because their tenant was over its quota of points, bytes or events a second; of the 100 tenants counted last',
    labelNames: ['tenant', 'quantity'],
    registers,
  });
  const countOver = countedByTenant(
    over,
    QUANTITIES.map((quantity) => ({ quantity })),
  );
  const mapped = new Counter({
    name: 'tactus_mapped_events_total',
    help: 'Events that a mapping of MAPPINGS_FILE made a point of, or could not (failed); of the mappings in force',
    labelNames: ['mapping', 'outcome'],
    registers,
  });
  const mappings = new Set<string>();
  let series: LiveSeries | null = null;
  new Gauge({
    name: 'tactus_live_series',
    help: 'Series that ingest has let in and that are not idle, over all tenants',
    registers,
    collect() {
      if (series !== null) this.set(series.size);
    },
  });
  let together: { readonly together: boolean } | null = null;
  new Gauge({
    name: 'tactus_series_counted_together',
    help: '1 while new series are decided about by what all workers have, 0 while each has its part of the limits (TACTUS_QUOTA_WITHOUT_REDIS)',
    registers,
    collect() {
      if (together !== null) this.set(together.together ? 1 : 0);
    },
  });
  return {
    duplicates(topic, count) {
      duplicates.inc({ topic }, count);
      flow.dropped('processing', 'duplicate', count);
    },
    seriesRefused: countedByTenant(refused),
    redisFailed: () => redisFailures.inc(),
    alone: () => alone.inc(),
    overQuota: (tenant, quantity, records) => countOver(tenant, records, { quantity }),
    mapped: (mapping, outcome) => mapped.inc({ mapping, outcome }),
    keepMappings(names) {
      for (const mapping of mappings.difference(names))
        for (const outcome of ['point', 'failed']) mapped.remove({ mapping, outcome });
      mappings.clear();
      for (const mapping of names) mappings.add(mapping);
    },
    watchIds: (topic, ids) => watched.set(topic, ids),
    watchSeries: (watchedSeries, room) => {
      series = watchedSeries;
      together = room;
    },
  };
}
