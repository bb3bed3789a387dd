import { maxOf, minOf, type Sample, sumOf } from '../../shared/process/prometheus-text.js';
import type { Scrape } from '../../shared/process/scrape.js';
import type { WorkerState } from './worker-process.js';

/** What was read of one worker. */
export interface WorkerReading extends Scrape {
  readonly state: WorkerState;
}

/** All workers at one moment, by name in the order of a point's way; `at` in milliseconds of any monotonic clock. */
export interface Reading {
  readonly at: number;
  readonly workers: Readonly<Record<string, WorkerReading>>;
}

/** One worker's line of the summary. */
export interface WorkerFigures {
  readonly name: string;
  readonly state: string;
  /** Records it read and wrote per second. */
  readonly received: number;
  readonly sent: number;
  /** Records it has still to read; null if it reads none. */
  readonly lag: number | null;
  readonly refused: number;
}

/** The figures of the whole pipeline: rates per second since the reading before, and totals. */
export interface Figures {
  readonly pointsPerSecond: number;
  readonly windowsPerSecond: number;
  readonly rowsPerSecond: number;
  readonly rollupsPerSecond: number;
  readonly late: number;
  readonly anomalies: number;
  readonly alertsFiring: number;
  readonly deadLetters: number;
  readonly watermarkDelaySeconds: number | null;
  /** What reconciliation found, of the tenant for which it is worst; null before the first windows are compared. */
  readonly completeness: number | null;
  readonly accuracy: number | null;
  /** 99 % of the windows were emitted so soon after the record that let them close. */
  readonly timelinessSeconds: number | null;
  readonly workers: readonly WorkerFigures[];
}

const RECEIVED = 'tactus_records_received_total';
const SENT = 'tactus_records_sent_total';
const REFUSED = 'tactus_records_refused_total';
const ROWS = 'tactus_rows_stored_total';
const LAG = 'tactus_consumer_lag_records';
const WATERMARK_DELAY = 'tactus_watermark_delay_seconds';

/** What two readings say; `before` null for the first, which has totals but no rates. */
export function summarise(now: Reading, before: Reading | null): Figures {
  const samples = (reading: Reading | null, worker: string): readonly Sample[] =>
    reading?.workers[worker]?.samples ?? [];
  const total = (worker: string, metric: string, topic?: string): number =>
    sumOf(samples(now, worker), metric, topic === undefined ? {} : { topic });
  const rate = (worker: string, metric: string, topic?: string): number => {
    const earlier = samples(before, worker);
    if (before === null || earlier.length === 0 || samples(now, worker).length === 0) return 0;
    const current = total(worker, metric, topic);
    const last = sumOf(earlier, metric, topic === undefined ? {} : { topic });
    // A counter that fell has begun again with its process.
    return ((current >= last ? current - last : current) * 1000) / Math.max(1, now.at - before.at);
  };
  const names = Object.keys(now.workers);
  return {
    pointsPerSecond: rate('ingest', RECEIVED),
    windowsPerSecond: rate('windowing', SENT, 'windows'),
    rowsPerSecond: rate('sink', ROWS),
    rollupsPerSecond: rate('batch', SENT, 'rollups'),
    late: total('windowing', SENT, 'late'),
    anomalies: total('anomaly', SENT, 'anomalies'),
    alertsFiring: sumOf(samples(now, 'alerting'), 'tactus_alerts', { state: 'firing' }),
    deadLetters: names.reduce((sum, name) => sum + total(name, REFUSED), 0),
    watermarkDelaySeconds: maxOf(samples(now, 'windowing'), WATERMARK_DELAY),
    completeness: minOf(samples(now, 'batch'), 'tactus_data_completeness_ratio'),
    accuracy: minOf(samples(now, 'batch'), 'tactus_data_accuracy_ratio'),
    timelinessSeconds: maxOf(samples(now, 'windowing'), 'tactus_window_emission_delay_seconds', {
      quantile: '0.99',
    }),
    workers: names.map((name) => ({
      name,
      state: stateOf(now.workers[name]),
      received: rate(name, RECEIVED),
      sent: rate(name, SENT),
      lag: maxOf(samples(now, name), LAG) === null ? null : total(name, LAG),
      refused: total(name, REFUSED),
    })),
  };
}

function stateOf(worker: WorkerReading | undefined): string {
  if (worker === undefined) return 'unknown';
  if (worker.state !== 'running') return worker.state;
  return worker.reasons.length === 0 ? 'ready' : `not ready: ${worker.reasons.join('; ')}`;
}
