import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type Bench, onStand } from '../stand.js';
import { createTopic, registerSchema } from '../windowing/dataset.js';
import { startJava } from '../windowing/java.js';
import { joined, startWorker } from '../windowing/tactus.js';
import type { LatencyOptions } from './options.js';

/** Of each measurement, for workers that have just started. */
const WARM_SECONDS = 5;
/** Points per second while the servers warm up. */
const WARM_RATE = 10_000;
const GRACE_MS = 100;

const TOPIC_CONFIG = { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': '16777216' };

interface Quantiles {
  readonly of: string;
  readonly count: number;
  readonly lost: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly 'p99.9': number;
}

/** Times through ingest and windowing at fixed rates; false when a point did not come through. */
export async function runLatencyBench(options: LatencyOptions): Promise<boolean> {
  return await onStand(options, ['kafka', 'registry'], async (bench) => {
    let well = true;
    bench.progress(`warming up for ${options.warmSeconds} s`);
    await measure(bench, {
      ...options,
      rate: WARM_RATE,
      intervalMs: options.intervals[0] as number,
      seconds: options.warmSeconds,
    });
    process.stdout.write('milliseconds: p50, p95, p99, p99.9\n');
    for (const intervalMs of options.intervals) {
      for (const rate of options.rates) {
        const load = loadavg()[0] as number;
        const found = await measure(bench, { ...options, rate, intervalMs });
        const text = found.map((each) => `${each.of} ${show(each)}`).join('; ');
        bench.progress(`commit ${intervalMs} ms, ${rate} points/s: ${text}, load ${load.toFixed(1)}`);
        for (const { lost } of found) well &&= lost === 0;
      }
    }
    return well;
  });
}

interface Load extends Pick<LatencyOptions, 'seconds' | 'partitions'> {
  readonly rate: number;
  readonly intervalMs: number;
}

async function measure(bench: Bench, load: Load): Promise<readonly Quantiles[]> {
  const { rate, intervalMs, seconds, partitions } = load;
  const prefix = `${bench.nextId()}.`;
  const schema = await registerSchema(bench.env.SCHEMA_REGISTRY_URL, `${prefix}ingest.metrics`);
  for (const name of ['ingest.metrics', 'metrics', 'windows'])
    await createTopic(bench, prefix + name, TOPIC_CONFIG, partitions);
  const windowsFile = join(bench.dataDir, 'latency-windows.yaml');
  writeFileSync(windowsFile, `windows:\n  - name: 1s\n    size: 1s\n    grace: ${GRACE_MS}ms\n`);
  const env = {
    TACTUS_COMMIT_INTERVAL_MS: String(intervalMs),
    TACTUS_PARTITIONS: String(partitions),
    WINDOWS_FILE: windowsFile,
  };
  const workers = [
    await startWorker(bench, prefix, 'ingest', env),
    await startWorker(bench, prefix, 'windowing', env),
  ] as const;
  try {
    await joined(bench, `${prefix}ingest`, [workers[0]]);
    await joined(bench, `${prefix}windowing`, [workers[1]]);
    const child = startJava(bench.classPath, 'Latency', {
      brokers: bench.env.KAFKA_BROKERS,
      ...{ prefix, schema, rate, seconds, partitions, warm: WARM_SECONDS, grace: GRACE_MS },
    });
    const found: Quantiles[] = [];
    for (const of of ['acked', 'due', 'windows']) {
      const [, json] = await child.line(new RegExp(`^(\\{"of":"${of}".*\\})$`));
      found.push(JSON.parse((json as string).replaceAll('NaN', 'null')) as Quantiles);
    }
    await child.exited;
    return found;
  } finally {
    await Promise.all(workers.map(({ child }) => child.stop()));
  }
}

function show(of: Quantiles): string {
  const figures = [of.p50, of.p95, of.p99, of['p99.9']].map((figure) => figure?.toFixed(1) ?? '-');
  return `${figures.join(' ')} (of ${of.count}${of.lost > 0 ? `, ${of.lost} LOST` : ''})`;
}
