import { writeFileSync } from 'node:fs';
import { memoryMib } from '../../support/process-memory.js';
import type { WorkerProcess } from '../../support/worker-process.js';

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
  const most = (field: 'VmRSS' | 'VmHWM') => Math.max(0, ...workers.map(({ pid }) => memoryMib(pid, field)));
  return { peak: most('VmHWM'), end: most('VmRSS') };
}
