import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';
import { type Bench, forget } from '../stand.js';
import { Child } from './child.js';
import { createTopic, type Dataset, type HeldDataset, PARTITIONS } from './dataset.js';
import { type Measured, measured, windowsReadable } from './measure.js';
import { Watch } from './watch.js';

const POLL_MS = 10;
const JOIN_MS = 60_000;
/** The last windows close by the points alone, as with the others, and not by the wall clock. */
const NEVER_IDLE = '3600000';

interface Worker {
  readonly child: Child;
  readonly address: string;
}

/** The windowing worker as a user starts it, transactions and all, from the first record on. */
export async function tactus(
  bench: Bench,
  data: Dataset,
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  await forget(bench, data.prefix, 'windowing');
  await ensureWindows(bench, data);
  const watch = await Watch.start(bench.kafka, `${data.prefix}windows`, data.partitions);
  const worker = await startWindowing(bench, data, env);
  try {
    const first = await firstRecord(worker);
    const { at, problems } = await windowsReadable(bench, watch, `${data.prefix}windows`, data, [
      worker.child,
    ]);
    return measured([worker.child], first, at, problems);
  } finally {
    await worker.child.stop();
    await watch.stop();
  }
}

/** The same with tracing, to a collector that takes everything and does nothing with it. */
export async function tactusTraced(bench: Bench, data: Dataset): Promise<Measured> {
  const collector = createHttpServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  try {
    return await tactus(bench, data, {
      TACTUS_TRACING: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
  } finally {
    collector.close();
    collector.closeAllConnections();
  }
}

/** Several workers of one group, which stand ready before the points can be read. */
export function tactusWorkers(count: number) {
  return async (bench: Bench, data: HeldDataset): Promise<Measured> => {
    await forget(bench, data.prefix, 'windowing');
    await ensureWindows(bench, data);
    const watch = await Watch.start(bench.kafka, `${data.prefix}windows`, data.partitions);
    const workers = await Promise.all(Array.from({ length: count }, () => startWindowing(bench, data)));
    const children = workers.map(({ child }) => child);
    try {
      await joined(bench, `${data.prefix}windowing`, workers);
      const from = await data.release();
      const { at, problems } = await windowsReadable(bench, watch, `${data.prefix}windows`, data, children);
      return measured(children, from, at, problems);
    } finally {
      await Promise.all(children.map((child) => child.stop()));
      await watch.stop();
    }
  };
}

async function ensureWindows(bench: Bench, { prefix, partitions }: Dataset): Promise<void> {
  const config = { 'message.timestamp.type': 'LogAppendTime' };
  if (!(await bench.admin.listTopics()).includes(`${prefix}windows`))
    await createTopic(bench, `${prefix}windows`, config, partitions);
}

function startWindowing(
  bench: Bench,
  { prefix, partitions }: Dataset,
  env: Readonly<Record<string, string>> = {},
): Promise<Worker> {
  return startWorker(bench, prefix, 'windowing', { TACTUS_PARTITIONS: String(partitions), ...env });
}

/** A worker of Tactus on the topics of a prefix. */
export async function startWorker(
  bench: Bench,
  prefix: string,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Worker> {
  const port = await freePort();
  const program = join(packageRoot(), 'dist', 'services', 'cli', 'tactus.js');
  const options = bench.nodeOptions.split(' ').filter((option) => option !== '');
  const child = new Child('tactus', process.execPath, [...options, program, name], {
    ...bench.env,
    TOPIC_PREFIX: prefix,
    TACTUS_PARTITIONS: String(PARTITIONS),
    METRICS_PORT: String(port),
    TACTUS_IDLE_TIMEOUT_MS: NEVER_IDLE,
    ...env,
  });
  return { child, address: `http://127.0.0.1:${port}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * The last moment at which the worker had not yet received a record: a little before the first, never
 * after it, so that what is measured is rather too long than too short.
 */
export async function firstRecord({ child, address }: Worker): Promise<number> {
  let before: number | null = null;
  for (;;) {
    if (!child.running) throw new Error(`tactus ended at its start:\n${child.tail}`);
    const received = await receivedRecords(address);
    if (received !== null) {
      if (received > 0) return before ?? Date.now();
      before = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Null while the worker does not answer yet. */
async function receivedRecords(address: string): Promise<number | null> {
  try {
    const text = await (await fetch(`${address}/metrics`)).text();
    let sum = 0;
    for (const match of text.matchAll(/^tactus_records_received_total(?:\{[^}]*\})? (\S+)$/gm))
      sum += Number(match[1]);
    return sum;
  } catch {
    return null;
  }
}

/** All are ready, and the group is settled with each of them in it. */
export async function joined(bench: Bench, groupId: string, workers: readonly Worker[]): Promise<void> {
  const deadline = Date.now() + JOIN_MS;
  for (let settled = 0; settled < 10; ) {
    const ended = workers.find(({ child }) => !child.running);
    if (ended !== undefined || Date.now() > deadline)
      throw new Error(`tactus did not settle:\n${(ended ?? workers[0])?.child.tail}`);
    const { groups } = await bench.admin.describeGroups([groupId]);
    const [group] = groups;
    const ready = await Promise.all(workers.map(({ address }) => isReady(address)));
    const well = group?.state === 'Stable' && group.members.length === workers.length && ready.every(Boolean);
    settled = well ? settled + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/readyz`)).ok;
  } catch {
    return false;
  }
}
