import type { WorkerProcess } from '../../support/worker-process.js';

/** Partitions that a worker reads, its state being restored, with how much of each its group has yet to finish. */
export async function lagsOf(
  worker: WorkerProcess,
  group: string,
  topic: string,
): Promise<Map<number, number>> {
  const text = await (await fetch(`${await worker.address()}/metrics`)).text();
  const valuesOf = (name: string) => {
    const values = new Map<number, number>();
    for (const line of text.split('\n')) {
      if (!line.startsWith(`${name}{`)) continue;
      if (!line.includes(`group="${group}"`) || !line.includes(`topic="${topic}"`)) continue;
      const partition = /partition="(\d+)"/.exec(line)?.[1];
      if (partition !== undefined)
        values.set(Number(partition), Number(line.slice(line.lastIndexOf(' ') + 1)));
    }
    return values;
  };
  const turns = valuesOf('tactus_partition_turn_timestamp_seconds');
  return new Map([...valuesOf('tactus_consumer_lag_records')].filter(([partition]) => turns.has(partition)));
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
