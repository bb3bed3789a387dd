import { Gauge, type Registry } from 'prom-client';
import type { FlowTelemetry } from './flow-telemetry.js';

/** What CPU and memory cost, in US dollars. */
export interface Prices {
  readonly cpuHourUsd: number;
  readonly memoryGbHourUsd: number;
}

const HOUR_S = 3_600;
/** Whoever asks how often, the cost is over at least so long. */
const OVER_MS = 60_000;

/** @param gbSeconds memory in GB (1e9 bytes), times the seconds that it was held */
export function costUsd(cpuSeconds: number, gbSeconds: number, prices: Prices): number {
  return (cpuSeconds * prices.cpuHourUsd + gbSeconds * prices.memoryGbHourUsd) / HOUR_S;
}

interface Used {
  /** Of a monotonic clock. */
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly records: number;
}

/** The cost of this process for each record, over the last minute or since the last scrape where that is longer. */
export function costTelemetry(register: Registry, flow: FlowTelemetry, prices: Prices): void {
  const used = (): Used => {
    const { user, system } = process.cpuUsage();
    return { atMs: performance.now(), cpuSeconds: (user + system) / 1e6, records: flow.records };
  };
  let base = used();
  let last = base;
  new Gauge({
    name: 'cost_per_data_point_usd',
    help: 'Cost of the CPU and memory of this process for each record that it received (sent, where it reads no topic), in US dollars by TACTUS_PRICE_CPU_HOUR_USD and TACTUS_PRICE_MEMORY_GB_HOUR_USD; 0 while there are none',
    registers: [register],
    collect() {
      const now = used();
      if (now.atMs - last.atMs >= OVER_MS) base = last;
      const records = now.records - base.records;
      const seconds = (now.atMs - base.atMs) / 1_000;
      const gbSeconds = (process.memoryUsage.rss() / 1e9) * seconds;
      this.set(records > 0 ? costUsd(now.cpuSeconds - base.cpuSeconds, gbSeconds, prices) / records : 0);
      if (now.atMs - last.atMs >= OVER_MS) last = now;
    },
  });
}
