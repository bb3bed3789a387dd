import { until } from '../../support/until.js';
import type { WorkerProcess } from '../../support/worker-process.js';

export const MINUTE_MS = 60_000;
export const SAMPLE_MS = 2_000;
/** Memory may be so much more in the last minute than in the one in which all bounds have been reached. */
const GROWTH = 1.2;
const GROWTH_MB = 20;
const MB = 1_048_576;

/** Least heap and external memory in a minute, about what is left after a full collection; and most that was resident. */
export interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/** @param samples of a minute */
export function ofMinute(samples: readonly Memory[]): Memory {
  return {
    heap: Math.min(...samples.map(({ heap }) => heap)),
    resident: Math.max(...samples.map(({ resident }) => resident)),
  };
}

export function inWords({ heap, resident }: Memory): string {
  return `${resident.toFixed(0)} MB resident, ${heap.toFixed(0)} MB heap and external`;
}

/** Compares the last minute with the second one, when all that is bounded has reached its bound. @returns what is wrong */
export function grown(name: string, minutes: readonly Memory[]): string[] {
  const [, second, ...later] = minutes;
  const last = later.at(-1);
  if (second === undefined || last === undefined) return [];
  if (last.heap <= second.heap * GROWTH + GROWTH_MB) return [];
  return [`${name} grew from ${second.heap.toFixed(0)} to ${last.heap.toFixed(0)} MB`];
}

/** A worker may close a kept connection just as it is asked, and answers late where the machine is busy. */
export async function sampled(worker: WorkerProcess): Promise<Memory> {
  return await until(`the memory of ${worker.name}`, () => memoryOf(worker), MINUTE_MS);
}

async function memoryOf(worker: WorkerProcess): Promise<Memory> {
  const [heap, external, resident] = await Promise.all([
    worker.metric('nodejs_heap_size_used_bytes'),
    worker.metric('nodejs_external_memory_bytes'),
    worker.metric('process_resident_memory_bytes'),
  ]);
  return { heap: (heap + external) / MB, resident: resident / MB };
}
