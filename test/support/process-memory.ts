import { readFileSync } from 'node:fs';

const KIB_PER_MIB = 1_024;

/**
 * What Linux says of a process, in MiB: `VmRSS` is resident, `VmHWM` the most that it was; 0 where it does not say.
 *
 * @throws when there is no such process
 */
export function memoryMib(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / KIB_PER_MIB;
}
