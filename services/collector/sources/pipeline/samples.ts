import { parsePrometheusText, sumOf } from '../../../../shared/process/prometheus-text.js';
import type { Sample } from '../../framework/samples.js';

/** Dead letters of a worker since its start, at a time of a monotonic clock. */
export interface DeadLetterCount {
  readonly count: number;
  readonly atMs: number;
}

export interface WorkerScrape {
  readonly samples: readonly Sample[];
  readonly deadLetters: DeadLetterCount;
}

/**
 * Lag and rate of dead letters from a worker's `/metrics`.
 *
 * @param previous of the same address; without it there is no rate
 * @returns null when the text is not that of a worker
 */
export function workerSamples(
  text: string,
  nowMs: number,
  previous: DeadLetterCount | undefined,
): WorkerScrape | null {
  const scraped = parsePrometheusText(text);
  const worker = scraped.find(({ labels }) => labels.worker !== undefined)?.labels.worker;
  if (worker === undefined) return null;
  const tags = { worker };
  const deadLetters = { count: sumOf(scraped, 'tactus_records_refused_total'), atMs: nowMs };
  const lag = sumOf(scraped, 'tactus_consumer_lag_records');
  const samples: Sample[] = [{ metric: 'tactus.pipeline.lag_records', value: lag, unit: 'records', tags }];
  // A counter that decreased is that of a restarted worker.
  if (previous !== undefined && nowMs > previous.atMs && deadLetters.count >= previous.count) {
    const value = (deadLetters.count - previous.count) / ((nowMs - previous.atMs) / 1_000);
    samples.push({ metric: 'tactus.pipeline.dead_letters_per_second', value, unit: 'records/s', tags });
  }
  return { samples, deadLetters };
}
