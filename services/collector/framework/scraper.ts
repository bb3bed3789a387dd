import { messageOf } from '../../../shared/core/errors.js';
import type { Reading } from '../sources/host/read.js';
import type { Sample } from '../sources/host/samples.js';

/** Told how each reading went. */
export interface CollectObserver {
  done(reading: string, seconds: number, samples: number): void;
  failed(reading: string, seconds: number, message: string): void;
}

/**
 * Takes readings side by side: one that fails or hangs is counted and left out, the others go on.
 * A reading that still runs from the time before is not started a second time.
 */
export class Collect {
  readonly #running = new Set<string>();

  /** @param monotonicMs a clock that only goes forward, for durations */
  constructor(
    readonly readings: readonly Reading[],
    readonly timeoutMs: number,
    readonly observer: CollectObserver,
    readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  async samples(): Promise<Sample[]> {
    const results = await Promise.all(this.readings.map((reading) => this.#take(reading)));
    return results.flat();
  }

  async #take(reading: Reading): Promise<Sample[]> {
    const began = this.monotonicMs();
    const seconds = () => (this.monotonicMs() - began) / 1_000;
    if (this.#running.has(reading.name)) {
      this.observer.failed(reading.name, 0, 'still running from the time before');
      return [];
    }
    this.#running.add(reading.name);
    const reads = Promise.resolve()
      .then(() => reading.read())
      .finally(() => this.#running.delete(reading.name));
    try {
      const samples = await within(reads, this.timeoutMs);
      this.observer.done(reading.name, seconds(), samples.length);
      return samples;
    } catch (error) {
      this.observer.failed(reading.name, seconds(), messageOf(error));
      return [];
    }
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
