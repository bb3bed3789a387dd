import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';
import { RecentRate } from './recent-rate.js';
import type { Reading } from './samples.js';
import { FAILURE_TYPES, type ScrapeObserver } from './scraper.js';

export interface CollectorTelemetry extends ScrapeObserver {
  /** What is counted from 0 has a rate from the first failure on. */
  watch(readings: readonly Reading[]): void;
  leftOut(reading: string, count: number): void;
  missed(ticks: number): void;
  dropped(points: number): void;
  sent(points: number): void;
}

/** The collector's metrics. The first three names are common to all collectors. */
export function collectorTelemetry(metrics: Registry, buffered: () => number): CollectorTelemetry {
  const registers = [metrics];
  const flow = flowTelemetry(metrics);
  const rate = new RecentRate();
  const labelNames = ['collector', 'reading'] as const;
  const labels = (reading: string) => ({ collector: 'system', reading });
  const duration = new Histogram({
    name: 'collector_execution_duration_seconds',
    help: 'Duration of a reading, failed ones included',
    labelNames,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const collected = new Counter({
    name: 'collector_data_points_collected_total',
    help: 'Data points collected',
    labelNames,
    registers,
  });
  const errors = new Counter({
    name: 'collector_errors_total',
    help: 'Readings that failed (failure), took too long (timeout) or were still running (overlap)',
    labelNames: ['collector', 'reading', 'error_type'] as const,
    registers,
  });
  const leftOut = new Counter({
    name: 'tactus_collector_instances_left_out_total',
    help: 'Mounts and interfaces above the limit, counted at each reading',
    labelNames,
    registers,
  });
  const missed = new Counter({
    name: 'tactus_collector_beats_missed_total',
    help: 'Scheduled readings that were skipped because an earlier one was still running',
    registers,
  });
  const dropped = new Counter({
    name: 'tactus_collector_points_dropped_total',
    help: 'Points dropped because the buffer was full while Kafka was unavailable',
    registers,
  });
  new Gauge({
    name: 'tactus_collector_points_buffered',
    help: 'Points waiting to be sent',
    registers,
    collect() {
      this.set(buffered());
    },
  });
  new Gauge({
    name: 'data_collection_rate_per_second',
    help: 'Data points collected per second, over the last minute',
    registers,
    collect() {
      this.set(rate.perSecond(performance.now()));
    },
  });
  return {
    watch(readings) {
      for (const { name } of readings)
        for (const type of FAILURE_TYPES) errors.inc({ ...labels(name), error_type: type }, 0);
    },
    done: (reading, seconds, samples) => {
      duration.observe(labels(reading), seconds);
      collected.inc(labels(reading), samples);
      flow.received(samples);
      rate.add(samples, performance.now());
    },
    failed: (reading, seconds, _message, type) => {
      duration.observe(labels(reading), seconds);
      errors.inc({ ...labels(reading), error_type: type });
      flow.failed('receiving', type);
    },
    leftOut: (reading, count) => leftOut.inc(labels(reading), count),
    missed: (ticks) => missed.inc(ticks),
    dropped(points) {
      dropped.inc(points);
      flow.dropped('sending', 'buffer_full', points);
    },
    sent: (points) => flow.sent(points, { topic: 'ingest.metrics' }),
  };
}
