import { Counter, Histogram, type Registry } from 'prom-client';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';

export type Target = 'timescale' | 'redis' | 'webhook' | 'parquet';

/** Metrics of the sink's writes. Tables and targets are few and fixed. */
export class SinkTelemetry {
  readonly #flow;
  readonly #stored;
  readonly #unchanged;
  readonly #skipped;
  readonly #duration;

  constructor(register: Registry) {
    const registers = [register];
    this.#flow = flowTelemetry(register);
    this.#stored = new Counter({
      name: 'tactus_rows_stored_total',
      help: 'Rows added or replaced',
      labelNames: ['table'],
      registers,
    });
    this.#unchanged = new Counter({
      name: 'tactus_rows_unchanged_total',
      help: 'Rows that the target already had, so that nothing was written',
      labelNames: ['table'],
      registers,
    });
    this.#skipped = new Counter({
      name: 'tactus_sink_records_skipped_total',
      help: 'Records that cannot be decoded and are skipped; the consumer group of the database sends their dead letter',
      labelNames: ['target'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'tactus_sink_write_duration_seconds',
      help: 'Time to store one batch, without retries',
      labelNames: ['target'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
  }

  /** @param table a table, a kind of key in Redis, or target and topic as in `archive.metrics` */
  written(target: Target, table: string, counts: { stored: number; unchanged: number }): void {
    this.#flow.sent(counts.stored, { target });
    this.#stored.inc({ table }, counts.stored);
    this.#unchanged.inc({ table }, counts.unchanged);
  }

  skipped(target: Target, records: number): void {
    this.#skipped.inc({ target }, records);
    this.#flow.dropped('processing', 'undecodable', records);
  }

  /** @returns called when the write has succeeded */
  timeWrite(target: Target): () => void {
    return this.#duration.startTimer({ target });
  }
}
