import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedStack, startStack } from '../../services/up/embedded/stack.js';
import { PlainClient } from '../support/plain-client.js';
import { ownPrefix } from '../support/servers.js';
import { until } from '../support/until.js';
import { IDLE_TIMEOUT_MS, windowsFile } from './definitions.js';
import { inflict, type Rounds } from './faults.js';
import { Load } from './load.js';
import { randomOf } from './random.js';
import { partitionsOf } from './read-topic.js';
import { summaryOf } from './summary.js';
import { type Verdict, verify } from './verify.js';
import { WorkerPool } from './worker-pool.js';

export interface IntegrityOptions {
  readonly rounds: Rounds;
  readonly seed: number;
  readonly pointsPerSecond: number;
  readonly say: (line: string) => void;
}

const ENDS = ['SIGINT', 'SIGTERM'] as const;
const WORKERS = 3;
/** The shortest that a worker takes. */
const SESSION_TIMEOUT_MS = 6_000;
/** Time for the last windows to close, with the idle time-out and a group that still has to settle. */
const SETTLE_MS = 90_000;

/**
 * Windowing under faults, from an empty stack to the verdict.
 *
 * @returns true when nothing deviates; otherwise the data folder, whose path is told, is kept.
 */
export async function runIntegrity(options: IntegrityOptions): Promise<boolean> {
  const { say } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-integrity-'));
  const stack = await startStack({ dataDir, only: ['kafka', 'registry'], progress: say });
  const file = join(dataDir, 'windows.yaml');
  writeFileSync(file, windowsFile());
  const client = new PlainClient(stack.env, ownPrefix('integrity'));
  const pool = new WorkerPool({
    ...stack.env,
    TOPIC_PREFIX: client.prefix,
    WINDOWS_FILE: file,
    TACTUS_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    TACTUS_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  });
  // Workers that stand still or wait for their broker would outlive a run that is broken off.
  const breakOff = () => {
    pool.killNow();
    process.exit(130);
  };
  for (const signal of ENDS) process.once(signal, breakOff);
  let sound = false;
  try {
    sound = await judge(options, stack, client, pool);
    return sound;
  } finally {
    for (const signal of ENDS) process.off(signal, breakOff);
    await pool.killAll();
    await stack.stop();
    if (sound) rmSync(dataDir, { recursive: true, force: true });
    else {
      pool.writeLogs(stack.logs);
      say(`kept for a look: ${dataDir} (logs of workers and servers in ${stack.logs})`);
    }
  }
}

async function judge(
  options: IntegrityOptions,
  stack: EmbeddedStack,
  client: PlainClient,
  pool: WorkerPool,
): Promise<boolean> {
  const { say, seed } = options;
  say(`seed ${seed}`);
  await Promise.all(Array.from({ length: WORKERS }, () => pool.start().ready()));
  const partitions = (await partitionsOf(client, 'metrics')).length;
  const load = await Load.start(
    client,
    stack.env.KAFKA_BROKERS,
    options.pointsPerSecond,
    randomOf(seed),
    partitions,
  );
  const rounds = await inflict(pool, stack.servers.kafka, {
    ...options,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });
  const faultsEnd = Date.now();
  await load.stop();
  const settled = await settle(client, say);
  await pool.stopAll();
  const verdict: Verdict = await verify(client, stack.env, faultsEnd);
  for (const surprise of pool.surprises) verdict.findings.add('workers surprising', surprise);
  if (!settled) verdict.findings.add('windows left open', `after ${SETTLE_MS} ms without a point`);
  for (const line of summaryOf({ verdict, rounds, load, pool, seed })) say(line);
  return verdict.findings.total === 0;
}

/**
 * Waits until every window is closed: the group's offset is the oldest record that an open window
 * needs, so it is at the end of the log then. False when that took too long.
 */
async function settle(client: PlainClient, say: (line: string) => void): Promise<boolean> {
  const admin = client.kafka.admin();
  await admin.connect();
  const topic = `${client.prefix}metrics`;
  const started = performance.now();
  try {
    await until(
      'all windows to be closed',
      async () => {
        const ends = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId: `${client.prefix}windowing`, topics: [topic] });
        const committed = new Map(
          group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
        );
        return ends.every(
          ({ partition, high }) => Math.max(0, committed.get(partition) ?? 0) >= Number(high),
        );
      },
      SETTLE_MS,
    );
    say(`all windows closed ${((performance.now() - started) / 1_000).toFixed(1)} s after the last point`);
    return true;
  } catch (error) {
    say(String(error));
    return false;
  } finally {
    await admin.disconnect();
  }
}
