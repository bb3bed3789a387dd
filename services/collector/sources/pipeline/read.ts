import type { Reading } from '../../framework/samples.js';
import type { PipelineConfig } from './config.js';
import { type DeadLetterCount, workerSamples } from './samples.js';

/** Fetches the text at an address. */
export type FetchText = (url: string) => Promise<string>;

/** Reads lag and dead letters of workers, so that rules can watch the pipeline itself. */
export function pipelineReadings({ addresses, timeoutMs }: PipelineConfig): Reading[] {
  const fetchText = async (url: string) =>
    await (await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })).text();
  return addresses.length === 0 ? [] : [pipelineReading(addresses, fetchText)];
}

/**
 * A worker that does not answer has no samples, rather than a lag of 0.
 *
 * @param monotonicMs a monotonic clock
 */
export function pipelineReading(
  addresses: readonly string[],
  fetchText: FetchText,
  monotonicMs: () => number = () => performance.now(),
): Reading {
  const previous = new Map<string, DeadLetterCount>();
  return {
    name: 'pipeline',
    async read() {
      const texts = await Promise.allSettled(addresses.map((address) => fetchText(`${address}/metrics`)));
      return texts.flatMap((text, index) => {
        const address = addresses[index] ?? '';
        if (text.status === 'rejected') {
          previous.delete(address);
          return [];
        }
        const scrape = workerSamples(text.value, monotonicMs(), previous.get(address));
        if (scrape === null) return [];
        previous.set(address, scrape.deadLetters);
        return scrape.samples;
      });
    },
  };
}
