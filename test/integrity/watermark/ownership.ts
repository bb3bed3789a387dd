import type { WorkerProcess } from '../../support/worker-process.js';

/** Partitions that a worker reads, with how far it is behind the end of each. */
export async function lagsOf(
  worker: WorkerProcess,
  group: string,
  topic: string,
): Promise<Map<number, number>> {
  const text = await (await fetch(`${await worker.address()}/metrics`)).text();
  const lags = new Map<number, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith('tactus_consumer_lag_records{')) continue;
    if (!line.includes(`group="${group}"`) || !line.includes(`topic="${topic}"`)) continue;
    const partition = /partition="(\d+)"/.exec(line)?.[1];
    if (partition !== undefined) lags.set(Number(partition), Number(line.slice(line.lastIndexOf(' ') + 1)));
  }
  return lags;
}

/** The same of several workers; a partition that changes hands may be missing, or there twice. */
export async function lagsOfAll(
  workers: readonly WorkerProcess[],
  group: string,
  topic: string,
): Promise<[partition: number, lag: number][]> {
  return (await Promise.all(workers.map((worker) => lagsOf(worker, group, topic)))).flatMap((lags) => [
    ...lags,
  ]);
}
