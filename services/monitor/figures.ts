import { costUsd, type Prices } from '../../shared/process/cost.js';
import { maxOf, type Sample, sumOf } from '../../shared/process/prometheus-text.js';
import type { Scrape } from '../../shared/process/scrape.js';

/** What was read of a worker at one moment; `at` in milliseconds of any monotonic clock. */
export interface Look extends Scrape {
  readonly at: number;
}

/** One instance of a worker over the time that it was watched. */
export interface WorkerFigures {
  readonly worker: string;
  readonly url: string;
  /** Times that it was asked and did not answer. */
  readonly silent: number;
  /** Why it is not ready, as it said last. */
  readonly reasons: readonly string[];
  readonly seconds: number;
  /** In CPUs: one is what one thread can use. */
  readonly cpu: number;
  /** Longest of the 99th percentiles of single intervals; null where none was read. */
  readonly loopDelayP99Ms: number | null;
  /** Share of the time in garbage collection. */
  readonly gc: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | null;
  /** Per second; what it sent where it reads nothing. */
  readonly records: number;
  readonly errors: number;
  readonly dropped: number;
  readonly lagBefore: number | null;
  readonly lag: number | null;
  readonly partitions: number;
  /** Null where it had no records. */
  readonly cpuSecondsPerMillion: number | null;
  readonly usdPerMillion: number | null;
  readonly usdPerHour: number;
}

const LAG = 'tactus_consumer_lag_records';

/** @param looks in their order, those without an answer included */
export function figuresOf(
  { url, name }: { readonly url: string; readonly name: string },
  looks: readonly Look[],
  prices: Prices,
): WorkerFigures {
  const answered = looks.filter(({ samples }) => samples.length > 0);
  const first = answered[0];
  const last = answered.at(-1);
  const samples = last?.samples ?? [];
  const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1_000;
  const grown = (metric: string) => {
    let sum = 0;
    for (let i = 1; i < answered.length; i += 1) {
      const now = sumOf(answered[i]?.samples ?? [], metric);
      const before = sumOf(answered[i - 1]?.samples ?? [], metric);
      // A counter that fell has begun again with its process.
      sum += now >= before ? now - before : now;
    }
    return sum;
  };
  const perSecond = (amount: number) => (seconds > 0 ? amount / seconds : 0);
  const most = (metric: string) => {
    const values = answered.map((look) => maxOf(look.samples, metric)).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  const received = grown('tactus_records_received_total');
  const records = received > 0 ? received : grown('tactus_records_sent_total');
  const cpuSeconds = grown('process_cpu_seconds_total');
  const memoryBytes = most('process_resident_memory_bytes') ?? 0;
  const delay = most('nodejs_eventloop_lag_p99_seconds');
  const usd = costUsd(cpuSeconds, (memoryBytes / 1e9) * seconds, prices);
  const perMillion = (amount: number) => (records > 0 ? (amount * 1e6) / records : null);
  return {
    worker: samples.find(({ labels }) => labels.worker !== undefined)?.labels.worker ?? name,
    url,
    silent: looks.length - answered.length,
    reasons: looks.at(-1)?.reasons ?? [],
    seconds,
    cpu: perSecond(cpuSeconds),
    loopDelayP99Ms: delay === null ? null : delay * 1_000,
    gc: perSecond(grown('nodejs_gc_duration_seconds_sum')),
    memoryBytes,
    memoryLimitBytes: maxOf(samples, 'tactus_memory_limit_bytes'),
    records: perSecond(records),
    errors: grown('tactus_errors_total'),
    dropped: grown('tactus_records_dropped_total'),
    lagBefore: lagOf(first?.samples ?? []),
    lag: lagOf(samples),
    partitions: samples.filter(({ name: metric }) => metric === LAG).length,
    cpuSecondsPerMillion: perMillion(cpuSeconds),
    usdPerMillion: perMillion(usd),
    usdPerHour: perSecond(usd) * 3_600,
  };
}

/** Null where it reads nothing. */
function lagOf(samples: readonly Sample[]): number | null {
  return maxOf(samples, LAG) === null ? null : sumOf(samples, LAG);
}
