import { Counter, Gauge, type Registry } from 'prom-client';
import type { RecentIds } from './recent-ids.js';

/** What ingest says of its de-duplication. */
export function ingestTelemetry(register: Registry): {
  duplicates(topic: string, count: number): void;
  watch(topic: string, ids: RecentIds): void;
} {
  const registers = [register];
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
  return {
    duplicates: (topic, count) => duplicates.inc({ topic }, count),
    watch: (topic, ids) => watched.set(topic, ids),
  };
}
