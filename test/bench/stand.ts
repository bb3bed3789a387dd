import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { fetchParts } from '../../services/up/embedded/parts.js';
import {
  type EmbeddedStack,
  type ServerName,
  type StackEnv,
  startStack,
} from '../../services/up/embedded/stack.js';
import { until } from '../support/until.js';
import type { WorkerProcess } from '../support/worker-process.js';
import { buildJava } from './windowing/java.js';

const GROUP_ID_NOT_FOUND = 69;

/** What a bench stands on: servers of its own, the Java programs, a place for data. */
export interface Bench {
  readonly stack: EmbeddedStack;
  readonly env: StackEnv;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly dataDir: string;
  readonly classPath: string;
  readonly kafkaJars: string;
  /** Options of node for the process that is measured. */
  readonly nodeOptions: string;
  readonly progress: (line: string) => void;
  /** A name for a group or application that was never used before. */
  nextId(): string;
}

export interface StandOptions {
  /** Keeps servers' data there for the next run; null is a folder that is removed. */
  readonly data: string | null;
  readonly nodeOptions: string;
}

/** Servers of a bench, and what it has started on them. */
export interface Servers {
  readonly stack: EmbeddedStack;
  readonly dataDir: string;
  /** Those that it puts here are killed in the end. */
  readonly workers: WorkerProcess[];
}

/**
 * Starts the servers, runs a bench on them, stops them, also when the bench is interrupted.
 *
 * @param data as in {@link StandOptions}
 */
export async function onServers<T>(
  {
    data,
    only,
    progress,
  }: {
    readonly data: string | null;
    readonly only: readonly ServerName[];
    readonly progress: (line: string) => void;
  },
  run: (servers: Servers) => Promise<T>,
): Promise<T> {
  const dataDir = data === null ? mkdtempSync(join(tmpdir(), 'tactus-bench-')) : resolve(data);
  mkdirSync(dataDir, { recursive: true });
  const stack = await startStack({ dataDir, only, progress });
  const workers: WorkerProcess[] = [];
  const cleanUp = async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await stack.stop();
    if (data === null) rmSync(dataDir, { recursive: true, force: true });
  };
  // What is measured ends with this process.
  const interrupt = () => void cleanUp().finally(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await run({ stack, dataDir, workers });
  } finally {
    await cleanUp();
  }
}

/** As {@link onServers}, with the Java programs and an admin client besides. */
export async function onStand<T>(
  options: StandOptions,
  only: readonly ServerName[],
  run: (bench: Bench) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const progress = (line: string): void => {
    process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
  };
  const classPath = await buildJava(progress);
  const { kafka: kafkaJars } = await fetchParts(progress);
  return await onServers({ data: options.data, only, progress }, async ({ stack, dataDir }) => {
    const kafka = new Kafka({ brokers: stack.env.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    let used = 0;
    const runId = Date.now().toString(36);
    try {
      await admin.connect();
      return await run({
        ...{ stack, env: stack.env, kafka, admin, dataDir, classPath, kafkaJars, progress },
        nodeOptions: options.nodeOptions,
        nextId: () => `bench-${runId}-${++used}`,
      });
    } finally {
      await admin.disconnect();
    }
  });
}

/**
 * A worker begins anew with its input, which nobody reads in its group: neither offsets nor what it said in `state.progress` of
 * an earlier run are there. Without the latter it would wait for an operator, since its offsets are lost.
 */
export async function forget({ admin }: Pick<Bench, 'admin'>, prefix: string, worker: string): Promise<void> {
  const groupId = prefix + worker;
  await until(`the group ${groupId} to be gone`, async () => {
    try {
      await admin.deleteGroups([groupId]);
      return true;
    } catch (error) {
      // A broker that has just started is still loading its groups, and says so for each.
      const [of] = (error as { groups?: { errorCode: number }[] }).groups ?? [];
      if (of?.errorCode === GROUP_ID_NOT_FOUND) return true;
      throw error;
    }
  });
  await removeTopic(admin, `${prefix}state.progress`);
}

/** Resolves when no topic of that name is there. */
export async function removeTopic(admin: Admin, topic: string): Promise<void> {
  const isThere = async () => (await admin.listTopics()).includes(topic);
  if (!(await isThere())) return;
  await admin.deleteTopics({ topics: [topic] });
  await until(`${topic} to be gone`, async () => !(await isThere()));
}
