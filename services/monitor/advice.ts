import type { WorkerFigures } from './figures.js';

/** One thread is nearly used up. */
const BUSY_CPU = 0.8;
const NEAR_LIMIT = 0.85;
const SLOW_LOOP_MS = 250;
const MUCH_GC = 0.1;
/** Lag that grew by less than the records of so long is that of batches on their way. */
const LAG_OF_S = 2;

/** What the figures say in words, the most pressing first. */
export function adviceOf(workers: readonly WorkerFigures[]): string[] {
  const found = workers.flatMap((one) => [...unreachable(one), ...behind(one, workers), ...resources(one)]);
  if (found.length > 0) return found;
  const [busiest] = [...workers].sort((a, b) => b.cpu - a.cpu);
  return busiest === undefined
    ? []
    : [`No bottleneck: the busiest worker is ${busiest.worker} with ${percent(busiest.cpu)} of a CPU.`];
}

function unreachable({ worker, url, silent, seconds, reasons }: WorkerFigures): string[] {
  if (seconds === 0)
    return [`${worker} (${url}) did not answer: is it running, and METRICS_HOST reachable from here?`];
  return [
    ...(silent > 0
      ? [`${worker} did not answer ${silent} times: its event loop is blocked, or it was restarted.`]
      : []),
    ...(reasons.length > 0 ? [`${worker} is not ready: ${reasons.join('; ')}.`] : []),
  ];
}

function behind(one: WorkerFigures, all: readonly WorkerFigures[]): string[] {
  const { worker, lag, lagBefore, records, cpu } = one;
  if (lag === null || lagBefore === null || lag - lagBefore <= Math.max(1_000, LAG_OF_S * records)) return [];
  const grew = `${worker} falls behind: its lag grew by ${count(lag - lagBefore)} records to ${count(lag)}`;
  if (cpu < BUSY_CPU)
    return [
      `${grew}, and it uses only ${percent(cpu)} of a CPU: it waits for Kafka or its target; see tactus_commit_duration_seconds, and tactus_sink_write_duration_seconds of sinks.`,
    ];
  const instances = all.filter((other) => other.worker === worker);
  const partitions = instances.reduce((sum, { partitions: own }) => sum + own, 0);
  return [
    instances.length < partitions
      ? `${grew}: it is the bottleneck. Add replicas: ${instances.length} of at most ${partitions}, which is how many partitions it reads.`
      : `${grew}: it is the bottleneck, and has as many replicas as partitions (${partitions}). Faster CPUs, or more partitions (TACTUS_PARTITIONS, for topics made new).`,
  ];
}

function resources(one: WorkerFigures): string[] {
  const { worker, memoryBytes, memoryLimitBytes, loopDelayP99Ms, gc, errors } = one;
  const said: string[] = [];
  if (memoryLimitBytes !== null && memoryBytes > NEAR_LIMIT * memoryLimitBytes)
    said.push(
      `${worker} is near its memory limit: ${mega(memoryBytes)} of ${mega(memoryLimitBytes)} MB. Raise the limit, or add replicas: each has fewer partitions then.`,
    );
  if (gc > MUCH_GC)
    said.push(
      `${worker} spends ${percent(gc)} of the time in garbage collection: raise its memory limit, or its --max-old-space-size.`,
    );
  if (loopDelayP99Ms !== null && loopDelayP99Ms > SLOW_LOOP_MS)
    said.push(
      `${worker} blocks its event loop for ${Math.round(loopDelayP99Ms)} ms (p99): \`tactus profile\` shows where.`,
    );
  if (errors > 0)
    said.push(`${worker} counted ${count(errors)} errors: see tactus_errors_total by stage and code.`);
  return said;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const count = (records: number) => Math.round(records).toLocaleString('en-US');
const mega = (bytes: number) => Math.round(bytes / 1e6);
