import { readFileSync, writeFileSync } from 'node:fs';
import type { WorkerProcess } from '../../support/worker-process.js';

const KIB_PER_MIB = 1_024;
/** What `/proc/PID/clear_refs` takes for "forget the peak". */
const FORGET_PEAK = '5';

/** Of processes, resident, in MiB. */
export interface Memory {
  readonly peak: number;
  readonly end: number;
}

/** From now on the peak of these counts anew. */
export function forgetPeaks(workers: readonly WorkerProcess[]): void {
  for (const { pid } of workers) writeFileSync(`/proc/${pid}/clear_refs`, FORGET_PEAK);
}

/** Of the one that has most. */
export function memoryOf(workers: readonly WorkerProcess[]): Memory {
  const statuses = workers.map(({ pid }) => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const most = (field: string) =>
    Math.max(
      0,
      ...statuses.map((status) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)),
    );
  return { peak: most('VmHWM') / KIB_PER_MIB, end: most('VmRSS') / KIB_PER_MIB };
}
