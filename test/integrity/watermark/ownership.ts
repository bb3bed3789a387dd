import { samplesOf } from '../../../shared/process/prometheus-text.js';
import type { WorkerProcess } from '../../support/worker-process.js';

/** Partitions that a worker reads, its state being restored, with how much of each its group has yet to finish. */
export async function lagsOf(
  worker: WorkerProcess,
  group: string,
  topic: string,
): Promise<Map<number, number>> {
  const samples = await worker.samples();
  const valuesOf = (name: string) =>
    new Map(
      samplesOf(samples, name, { group, topic }).map(({ labels, value }) => [
        Number(labels.partition),
        value,
      ]),
    );
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
