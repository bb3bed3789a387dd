import { until } from '../../support/until.js';
import type { WorkerProcess } from '../../support/worker-process.js';
import type { BrokerKind, Fault, Kind } from '../faults.js';
import { lagsOf } from './ownership.js';
import { ingestCaughtUp, PROGRESS_MS, type Scene, windowsCaughtUp } from './scene.js';

/** Faults that are about time; beside them those that every worker has to bear. */
export const TIME_KINDS = ['backlog', 'partition', 'outage', 'hold', 'rebalance'] as const;
export type WatermarkKind = Kind | (typeof TIME_KINDS)[number] | BrokerKind;
/** How often each kind is inflicted; those left out are not. */
export type WatermarkRounds = Readonly<Partial<Record<WatermarkKind, number>>>;

/** Longer than a worker is held: the group goes on believing in it. */
const HELD_SESSION_TIMEOUT_MS = 180_000;
/** What was appended so long before a worker is held may not have been committed by it. */
const UNCOMMITTED_MS = 2_000;
/** From when a held partition has been read to its end until its time counts again. */
const RELEASED_MS = 2_000;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Faults that end with windows that have caught up, so that none of them overlaps another. */
export function timeFaults(scene: Scene, rounds: WatermarkRounds): Map<string, Fault> {
  const faults = { partition: addPartition, outage, hold };
  return new Map(
    Object.entries(faults).map(([kind, round]) => {
      const run = async () => {
        try {
          return await round(scene);
        } catch (error) {
          scene.findings.add('rounds failed', `${kind}: ${String(error)}`);
          return `failed: ${String(error)}`;
        }
      };
      return [kind, { rounds: rounds[kind as keyof typeof faults] ?? 0, run }];
    }),
  );
}

/** All of ingest is gone, one by one killed or stopped, while points come in. */
async function outage(scene: Scene): Promise<string> {
  const { ingest, random, outageMs } = scene;
  const count = ingest.running.length;
  for (let i = 0; i < count; i++) {
    const member = ingest.take(random);
    await (random() < 0.5 ? ingest.kill(member) : ingest.dismiss(member));
  }
  await sleep(outageMs);
  await Promise.all(Array.from({ length: count }, () => ingest.start().ready()));
  const caughtUpAt = await ingestCaughtUp(scene);
  return `ingest away for ${outageMs / 1_000} s; ${await windowsCaughtUp(scene, caughtUpAt)}`;
}

/** One of three ingest workers stands still, and keeps its partitions, while the others go on. */
async function hold(scene: Scene): Promise<string> {
  const { ingest } = scene;
  const member = ingest.startApart({ TACTUS_SESSION_TIMEOUT_MS: String(HELD_SESSION_TIMEOUT_MS) });
  try {
    await member.process.ready();
    return `ingest ${member.number} ${await holdWorker(scene, member.process)}`;
  } finally {
    member.process.kill('SIGCONT');
    await ingest.dismiss(member);
  }
}

async function holdWorker(scene: Scene, worker: WorkerProcess): Promise<string> {
  const { book, holdMs, progress, findings } = scene;
  const held = await until('the worker to have partitions', async () => {
    await ingestCaughtUp(scene, [worker]);
    const partitions = [...(await lagsOf(worker, 'ingest', 'ingest.metrics')).keys()];
    return partitions.length > 0 && partitions;
  });
  const from = Date.now();
  const release = book.hold(held, from - UNCOMMITTED_MS);
  worker.kill('SIGSTOP');
  let went = 'windows went on without it';
  try {
    // Nothing moves this but the bound: the worker's partitions are behind for good.
    await progress.passes(from + UNCOMMITTED_MS, holdMs + PROGRESS_MS);
  } catch (error) {
    findings.add('windows held for good', String(error));
    went = 'windows did NOT go on without it';
  }
  const stoodMs = Date.now() - from;
  worker.kill('SIGCONT');
  const caughtUpAt = await ingestCaughtUp(scene, [worker]);
  release(Date.now() + RELEASED_MS);
  const caughtUp = await windowsCaughtUp(scene, caughtUpAt);
  return `held partitions ${held.join(', ')} for ${(stoodMs / 1_000).toFixed(1)} s, ${went}; ${caughtUp}`;
}

/** The input has one more partition, which is sent to at once. */
async function addPartition(scene: Scene): Promise<string> {
  const { site, book, senders } = scene;
  const partition = scene.partitions;
  const topic = `${site.client.prefix}ingest.metrics`;
  // The broker may be away.
  await until('the partition to be added', async () => {
    const admin = site.client.kafka.admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if ((topics[0]?.partitions.length ?? 0) > partition) return true;
      await admin.createPartitions({ topicPartitions: [{ topic, count: partition + 1 }] });
      return false;
    } finally {
      await admin.disconnect();
    }
  });
  book.add(partition);
  senders.add(partition);
  const began = performance.now();
  scene.partitions += 1;
  await ingestCaughtUp(scene);
  return `partition ${partition} added, read after ${((performance.now() - began) / 1_000).toFixed(1)} s`;
}
