import type { WorkerFigures } from '../../monitor/figures.js';
import { tableText } from './table.js';

const HEADINGS = [
  'worker',
  'CPUs',
  'loop p99',
  'GC',
  'memory',
  'records/s',
  'lag',
  'CPU s/million',
  'USD/million',
];

/** A line for each worker. */
export function performanceTable(workers: readonly WorkerFigures[]): string[] {
  return tableText([
    HEADINGS,
    ...workers.map((one) => [
      one.worker,
      one.cpu.toFixed(2),
      one.loopDelayP99Ms === null ? '-' : `${one.loopDelayP99Ms.toFixed(0)} ms`,
      `${(one.gc * 100).toFixed(1)} %`,
      `${(one.memoryBytes / 1e6).toFixed(0)} MB`,
      one.records.toFixed(1),
      one.lag === null ? '-' : lagText(one.lag, one.lagBefore ?? one.lag),
      one.cpuSecondsPerMillion === null ? '-' : one.cpuSecondsPerMillion.toFixed(2),
      one.usdPerMillion === null ? '-' : one.usdPerMillion.toPrecision(2),
    ]),
  ]);
}

/** What the whole costs, for each million of points that come in. */
export function costText(workers: readonly WorkerFigures[]): string[] {
  const ingested = workers
    .filter(({ worker }) => worker === 'ingest')
    .reduce((sum, { records }) => sum + records, 0);
  const cpu = workers.reduce((sum, one) => sum + one.cpu, 0);
  const usd = workers.reduce((sum, { usdPerHour }) => sum + usdPerHour, 0) / 3_600;
  if (ingested === 0) return [`All together: ${cpu.toFixed(2)} CPUs. No point came in.`];
  return [
    `All together: ${cpu.toFixed(2)} CPUs; for a million of records that ingest reads ${((cpu / ingested) * 1e6).toFixed(1)} CPU seconds and ${((usd / ingested) * 1e6).toPrecision(2)} USD.`,
  ];
}

function lagText(lag: number, before: number): string {
  return lag === before ? `${lag}` : `${lag} (${lag > before ? '+' : ''}${lag - before})`;
}
