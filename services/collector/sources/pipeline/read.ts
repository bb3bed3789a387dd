import { parsePrometheusText, sumOf } from '../../../../shared/process/prometheus-text.js';
import type { Reading } from '../host/read.js';
import type { Sample } from '../host/samples.js';

/** What is read of a worker's address: the text of its `/metrics`. */
export type FetchText = (url: string) => Promise<string>;

/** Dead letters of a worker since it started, and when that was read. */
interface Refused {
  readonly count: number;
  readonly atMs: number;
}

/**
 * Lag and dead letters of workers, so that rules can watch the pipeline by its own means. A worker that does not
 * answer gives no samples: a gap is honest, a zero is not.
 *
 * @param addresses where the workers serve `/metrics`
 * @param monotonicMs a clock that only goes forward
 */
export function pipelineReading(
  addresses: readonly string[],
  fetchText: FetchText,
  monotonicMs: () => number = () => performance.now(),
): Reading {
  const before = new Map<string, Refused>();
  return {
    name: 'pipeline',
    async read() {
      const texts = await Promise.allSettled(addresses.map((address) => fetchText(`${address}/metrics`)));
      return texts.flatMap((text, index) => {
        const address = addresses[index] ?? '';
        if (text.status === 'fulfilled') return samplesOf(address, text.value);
        before.delete(address);
        return [];
      });
    },
  };

  function samplesOf(address: string, text: string): Sample[] {
    const scraped = parsePrometheusText(text);
    const worker = scraped.find(({ labels }) => labels.worker !== undefined)?.labels.worker;
    if (worker === undefined) return [];
    const tags = { worker };
    const now: Refused = { count: sumOf(scraped, 'tactus_records_refused_total'), atMs: monotonicMs() };
    const last = before.get(address);
    before.set(address, now);
    const lag = sumOf(scraped, 'tactus_consumer_lag_records');
    const samples: Sample[] = [{ metric: 'tactus.pipeline.lag_records', value: lag, unit: 'records', tags }];
    // A counter that went back belongs to a worker that was started anew.
    if (last === undefined || now.atMs <= last.atMs || now.count < last.count) return samples;
    const value = (now.count - last.count) / ((now.atMs - last.atMs) / 1_000);
    const metric = 'tactus.pipeline.dead_letters_per_second';
    return [...samples, { metric, value, unit: 'records/s', tags }];
  }
}
