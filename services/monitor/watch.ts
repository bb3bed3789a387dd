import type { Millis } from '../../shared/core/clock.js';
import { scrape } from '../../shared/process/scrape.js';
import { sleep } from '../../shared/process/wait.js';
import type { Look } from './figures.js';
import type { Target } from './targets.js';

export interface WatchOptions {
  readonly targets: readonly Target[];
  readonly durationMs: Millis;
  readonly everyMs: Millis;
  readonly signal: AbortSignal;
  /** Called after each round. */
  readonly progress: (elapsedMs: Millis, looks: ReadonlyMap<Target, readonly Look[]>) => void;
}

/** Reads the metrics of all targets from time to time. An abort ends it early, with what there is by then. */
export async function watch(options: WatchOptions): Promise<ReadonlyMap<Target, readonly Look[]>> {
  const { targets, durationMs, everyMs, signal, progress } = options;
  const looks = new Map<Target, Look[]>(targets.map((target) => [target, []]));
  const began = performance.now();
  for (let round = 0; ; round += 1) {
    await Promise.all(
      targets.map(async (target) => {
        const at = performance.now();
        const read = await scrape(target.url);
        looks.get(target)?.push({ ...read, at });
      }),
    );
    const elapsed = performance.now() - began;
    progress(elapsed, looks);
    if (signal.aborted || elapsed >= durationMs) return looks;
    // The last round is at the end of the time, not before it.
    await sleep(
      Math.max(0, Math.min(began + (round + 1) * everyMs, began + durationMs) - performance.now()),
      signal,
    );
  }
}
