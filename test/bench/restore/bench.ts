import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Message, Partitioners } from 'kafkajs';
import { startStack } from '../../../services/up/embedded/stack.js';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { PlainClient } from '../../support/plain-client.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { ProcessSample } from '../windowing/process-sample.js';
import type { RestoreBenchOptions } from './options.js';

const PREFIX = 'bench.';
const SIZE_MS = 10_000;
const TENANTS = 20;
const METRICS = 100;
const PARTITIONS = 4;
/** Windows in one request. */
const PIECE = 5_000;
const LIMIT_MS = 600_000;

/**
 * Lets the anomaly worker learn many series, as fast as it can, then kills it and sees how long it
 * takes to have its state back, and in how much memory; false when that or the learning was over its limit.
 */
export async function runRestoreBench(options: RestoreBenchOptions): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-bench-'));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const stack = await startStack({ dataDir, only: ['kafka', 'registry'], progress: say });
  const client = new PlainClient(stack.env, PREFIX);
  const env = { ...stack.env, TOPIC_PREFIX: PREFIX, TACTUS_PARTITIONS: String(PARTITIONS) };
  const start = () => new WorkerProcess('anomaly', env);
  let worker = start();
  const cleanUp = async () => {
    worker.kill('SIGKILL');
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const interrupt = () => void cleanUp().finally(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const admin = client.kafka.admin();
  let largest = 0;
  try {
    await admin.connect();
    await worker.ready();
    const learning = measure(worker);
    const windows = options.series * options.windows;
    await produceWindows(client, options);
    const received = () => worker.metric('tactus_records_received_total');
    await until('all windows to be learnt', async () => (await received()) >= windows, LIMIT_MS);
    const learnt = learning();
    say(
      `learning ${options.series} series: ${Math.round(windows / learnt.seconds)} windows/s, ${learnt.megabytes} MB at the peak`,
    );
    for (let i = 1; i <= options.restarts; i++) {
      worker.kill('SIGKILL');
      await worker.exited;
      const offsets = await admin.fetchTopicOffsets(`${PREFIX}state.anomaly`);
      const records = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
      worker = start();
      const restoring = measure(worker);
      await worker.ready(LIMIT_MS);
      const restored = restoring();
      largest = Math.max(largest, restored.megabytes);
      say(
        `restart ${i}: ready after ${restored.seconds.toFixed(1)} s, ${restored.megabytes} MB at the peak; at most ${records} entries in the changelog`,
      );
    }
    return largest <= options.limitMegabytes && learnt.megabytes <= options.learningLimitMegabytes;
  } finally {
    await admin.disconnect();
    await cleanUp();
  }
}

/** Gives what has passed since, and the peak of the process. */
function measure(worker: WorkerProcess): () => { seconds: number; megabytes: number } {
  const began = performance.now();
  const sample = new ProcessSample(worker.pid);
  return () => {
    sample.stop();
    const seconds = (performance.now() - began) / 1_000;
    return { seconds, megabytes: Math.round((sample.peakBytes ?? 0) / 2 ** 20) };
  };
}

/** The next window of every series, round after round, in the partition of its tenant. */
async function produceWindows(client: PlainClient, { series, windows }: RestoreBenchOptions): Promise<void> {
  const encode = await client.encoder('windows', recordSchema(loadSchemas(), 'WindowAggregate').schema);
  const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const first = Math.floor(Date.now() / SIZE_MS) * SIZE_MS - windows * SIZE_MS;
  let messages: Message[] = [];
  const flush = async () => {
    await producer.send({ topic: `${PREFIX}windows`, messages });
    messages = [];
  };
  for (let n = 0; n < windows; n++) {
    for (let i = 0; i < series; i++) {
      const [tenant, metric] = [`t${i % TENANTS}`, `m${i % METRICS}`];
      const value = encode(windowOf(tenant, metric, i, first + n * SIZE_MS));
      messages.push({ key: `${tenant}|${metric}`, partition: (i % TENANTS) % PARTITIONS, value });
      if (messages.length === PIECE) await flush();
    }
  }
  await flush();
  await producer.disconnect();
}

function windowOf(tenantId: string, metric: string, series: number, start: number) {
  const mean = 100 + 10 * Math.sin(start / 70_000 + series) + Math.random();
  const end = start + SIZE_MS;
  const tags = { host: `host-${series}`, region: 'eu-west' };
  return {
    ...{ tenantId, metric, tags, window: '10s', start, end, count: 10, sum: mean * 10 },
    ...{ min: mean - 1, max: mean + 1, mean, stddev: 0.5, first: mean, last: mean, quantiles: null },
    ...{ watermark: end, emittedAt: end },
  };
}
