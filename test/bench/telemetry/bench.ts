import { metricRows, registerMetrics } from '../../../services/cli/generate/metrics-page.js';
import { WORKERS } from '../../../services/cli/program/workers.js';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';
import { workerRegistry } from '../../../shared/process/process-metrics.js';

export const TELEMETRY_USAGE = `npm run bench -- telemetry
  What the metrics of a worker cost it: a scrape each 15 s, counting, and watching the event loop. Needs no server.
`;

const SCRAPES = 200;
const SCRAPE_EVERY_MS = 15_000;
const BATCHES = 1_000_000;
/** Of a busy worker, each of 500 records; received and sent are counted. */
const BATCHES_PER_SECOND = 2_000;
const COUNTS_PER_BATCH = 2;
const IDLE_MS = 5_000;
const PARTITIONS = 16;
const GOAL_PERCENT = 1;

/** The cost of self-monitoring in per cent of a CPU, for the worker with the most metrics. Wrong from 1 % on. */
export async function runTelemetryBench(): Promise<boolean> {
  const worker = WORKERS.map(({ name }) => name).reduce((most, name) =>
    metricRows().filter((row) => row.worker === name).length >
    metricRows().filter((row) => row.worker === most).length
      ? name
      : most,
  );
  const register = workerRegistry(worker, '', { cpuHourUsd: 0.04, memoryGbHourUsd: 0.005 });
  registerMetrics(worker, register);
  const flow = flowTelemetry(register);
  // Compiling and collecting what the start has left is none of it.
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = (await cpuMs(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS)))) / IDLE_MS;
  for (let partition = 0; partition < PARTITIONS; partition += 1)
    for (const metric of register.getMetricsAsArray() as unknown as FilledMetric[]) {
      const value = (label: string) =>
        label === 'kind' ? 'minor' : label === 'quantile' ? '0.5' : `${partition}`;
      const labels = Object.fromEntries(metric.labelNames.map((label) => [label, value(label)]));
      if (metric.enableExemplars) metric.observe?.({ labels, value: 0.1 });
      else if (metric.observe !== undefined) metric.observe(labels, 0.1);
      else metric.inc?.(labels, 1);
    }
  let text = '';
  for (let i = 0; i < SCRAPES; i += 1) text = await register.metrics();

  const scrape =
    (await cpuMs(async () => {
      for (let i = 0; i < SCRAPES; i += 1) await register.metrics();
    })) / SCRAPES;
  const count =
    (await cpuMs(async () => {
      for (let i = 0; i < BATCHES; i += 1) flow.received(1, { group: 'bench', topic: 'metrics' });
    })) / BATCHES;

  const percent = {
    scraping: (100 * scrape) / SCRAPE_EVERY_MS,
    counting: (100 * count * BATCHES_PER_SECOND * COUNTS_PER_BATCH) / 1_000,
    watching: 100 * idle,
  };
  const sum = percent.scraping + percent.counting + percent.watching;
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  process.stdout.write(
    [
      `${worker}, ${series} series: a scrape takes ${scrape.toFixed(2)} ms of CPU, to count a batch ${(1_000 * count).toFixed(2)} us`,
      ...Object.entries(percent).map(([what, share]) => `${what.padEnd(9)} ${share.toFixed(3)} % of a CPU`),
      `together  ${sum.toFixed(3)} % of a CPU; the goal is less than ${GOAL_PERCENT} %`,
      '',
    ].join('\n'),
  );
  return sum < GOAL_PERCENT;
}

interface FilledMetric {
  readonly labelNames: readonly string[];
  readonly enableExemplars?: boolean;
  observe?(labels: object, value?: number): void;
  inc?(labels: object, value: number): void;
}

async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
