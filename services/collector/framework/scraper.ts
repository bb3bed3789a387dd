import { messageOf } from '../../../shared/core/errors.js';
import { within } from '../../../shared/process/wait.js';
import type { Reading, Sample } from './samples.js';

/** It threw, took too long, or still ran from the time before. */
export const FAILURE_TYPES = ['failure', 'timeout', 'overlap'] as const;
export type FailureType = (typeof FAILURE_TYPES)[number];

/** Receives the outcome of each reading. */
export interface ScrapeObserver {
  done(reading: string, seconds: number, samples: number): void;
  failed(reading: string, seconds: number, message: string, type: FailureType): void;
}

/**
 * Runs readings concurrently: one that fails or hangs is counted and left out, the others continue. A
 * reading that still runs from an earlier scrape is not started again.
 */
export class Scraper {
  readonly #running = new Set<string>();

  /** @param monotonicMs a monotonic clock, for durations */
  constructor(
    readonly readings: readonly Reading[],
    readonly timeoutMs: number,
    readonly observer: ScrapeObserver,
    readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  async scrape(): Promise<Sample[]> {
    const results = await Promise.all(this.readings.map((reading) => this.#read(reading)));
    return results.flat();
  }

  async #read(reading: Reading): Promise<Sample[]> {
    const started = this.monotonicMs();
    const seconds = () => (this.monotonicMs() - started) / 1_000;
    if (this.#running.has(reading.name)) {
      this.observer.failed(reading.name, 0, 'still running from the time before', 'overlap');
      return [];
    }
    this.#running.add(reading.name);
    const result = Promise.resolve()
      .then(() => reading.read())
      .finally(() => this.#running.delete(reading.name));
    let type: FailureType = 'failure';
    const late = () => {
      type = 'timeout';
      return new Error(`took longer than ${this.timeoutMs} ms`);
    };
    try {
      const samples = await within(result, this.timeoutMs, late);
      this.observer.done(reading.name, seconds(), samples.length);
      return samples;
    } catch (error) {
      this.observer.failed(reading.name, seconds(), messageOf(error), type);
      return [];
    }
  }
}
