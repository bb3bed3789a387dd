import { Session } from 'node:inspector/promises';
import { sleep } from './wait.js';

export const PROFILES = ['cpu', 'heap'] as const;
export type ProfileType = (typeof PROFILES)[number];

/** A sample of the stack each millisecond; of allocations one in so many bytes. */
const CPU_INTERVAL_US = 1_000;
const HEAP_INTERVAL_BYTES = 65_536;

/**
 * What this process does, or allocates and still holds, during `ms`: as `.cpuprofile` or `.heapprofile`, in JSON. An
 * abort ends it early.
 */
export async function takeProfile(type: ProfileType, ms: number, signal: AbortSignal): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    if (type === 'cpu') {
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US });
      await session.post('Profiler.start');
      await sleep(ms, signal);
      return JSON.stringify((await session.post('Profiler.stop')).profile);
    }
    await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL_BYTES });
    await sleep(ms, signal);
    return JSON.stringify((await session.post('HeapProfiler.stopSampling')).profile);
  } finally {
    session.disconnect();
  }
}
