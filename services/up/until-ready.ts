import { scrape } from '../../shared/process/scrape.js';
import { sleep } from '../../shared/process/wait.js';
import type { WorkerProcess } from './worker-process.js';

const ASK_EVERY_MS = 200;

/** Waits until a worker says that it is ready; false when there is none of that name, or `signal` aborts before. */
export async function untilReady(
  workers: readonly Pick<WorkerProcess, 'name' | 'url'>[],
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const worker = workers.find((one) => one.name === name);
  while (worker !== undefined && !signal.aborted) {
    const { answered, reasons } = await scrape(worker.url);
    if (answered && reasons.length === 0) return true;
    await sleep(ASK_EVERY_MS, signal);
  }
  return false;
}
