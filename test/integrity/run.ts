import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, type ServerName, startStack } from '../../services/up/embedded/stack.js';
import { Cluster, threeBrokers } from '../support/cluster/cluster.js';
import { ownPrefix } from '../support/own-prefix.js';
import { PlainClient } from '../support/plain-client.js';
import { PARTITIONS } from '../support/servers.js';
import { BrokerFaults, type Path } from './broker-faults.js';
import { commonFaults, type Fault, inflict, type Rounds } from './faults.js';
import type { Load } from './load.js';
import { type Random, randomOf } from './random.js';
import type { Scenario } from './scenario.js';
import type { Site } from './site.js';
import { summaryOf } from './summary.js';
import { WorkerPool } from './worker-pool.js';

export interface IntegrityOptions {
  readonly rounds: Rounds;
  readonly seed: number;
  /** Records per second. */
  readonly rate: number;
  readonly say: (line: string) => void;
  /** 1 by default, or 3. */
  readonly brokers?: number;
}

const ENDS = ['SIGINT', 'SIGTERM'] as const;
const WORKERS = 3;
/** A broker that is gone is noticed after so long: Kafka's default, or sooner than a transaction times out. */
const BROKER_SESSIONS_MS = [9_000, 3_000] as const;
/** The shortest that a worker takes. */
export const SESSION_TIMEOUT_MS = 6_000;

/** Options of a run on servers of its own. */
export interface SiteOptions extends Omit<IntegrityOptions, 'rounds'> {
  /** Where servers run; see `StackOptions`. */
  readonly places?: Readonly<Record<string, Place>>;
  /** Called with the data folder before anything is in it; what it returns is called when the servers have ended. */
  readonly prepare?: (folder: string) => Promise<() => Promise<void>>;
}

/**
 * A worker under faults, from an empty stack to the comparison.
 *
 * @returns true when nothing deviates; otherwise the data folder, whose path is printed, is kept.
 */
export async function runIntegrity(scenario: Scenario, options: IntegrityOptions): Promise<boolean> {
  return await onSite(scenario.servers, options, (site) => compare(scenario, options, site));
}

/**
 * Starts servers for `work` and ends them and all workers after it.
 *
 * @returns what `work` returns: true when nothing deviates; otherwise the data folder, whose path is printed, is kept.
 */
export async function onSite(
  servers: readonly ServerName[],
  options: SiteOptions,
  work: (site: Site) => Promise<boolean>,
): Promise<boolean> {
  const { say, seed, rate, brokers = 1, places = {} } = options;
  const session = BROKER_SESSIONS_MS[seed % 2] as number;
  if (brokers > 1) say(`${brokers} brokers, each noticed to be gone after ${session / 1_000} s`);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-integrity-'));
  const release = await options.prepare?.(folder);
  const stack = await startStack({
    ...{ dataDir: folder, only: servers, progress: say, places },
    ...(brokers > 1 && threeBrokers(session)),
  });
  const client = new PlainClient(stack.env, ownPrefix('integrity'));
  const pools: WorkerPool[] = [];
  const env = (prefix: string) => ({
    ...stack.env,
    ...{ ...PARTITIONS, TOPIC_PREFIX: prefix },
    TACTUS_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    ...(brokers > 1 && { TACTUS_REPLICATION_FACTOR: '3', TACTUS_MIN_INSYNC_REPLICAS: '2' }),
  });
  const site: Site = {
    ...{ seed, rate, say, stack, client, folder },
    cluster: new Cluster(stack),
    env,
    pool: (worker, prefix, more, program) => {
      const pool = new WorkerPool(
        worker,
        program === undefined ? { ...env(prefix), ...more } : more,
        program,
      );
      pools.push(pool);
      return pool;
    },
  };
  // Workers that stand still or wait for their broker would outlive a run that is broken off.
  const breakOff = () => {
    for (const pool of pools) pool.killNow();
    process.exit(130);
  };
  for (const signal of ENDS) process.once(signal, breakOff);
  let sound = false;
  try {
    sound = await work(site);
    return sound;
  } finally {
    for (const signal of ENDS) process.off(signal, breakOff);
    await Promise.all(pools.map((pool) => pool.killAll()));
    await stack.stop();
    await release?.();
    if (sound) rmSync(folder, { recursive: true, force: true });
    else {
      for (const pool of pools) pool.writeLogs(stack.logs);
      say(`kept for a look: ${folder} (logs of workers and servers in ${stack.logs})`);
    }
  }
}

/** The faults that brokers of a cluster have; null with a single one. */
export function brokerFaults(
  site: Site,
  path: Path,
  load: Pick<Load, 'holdBack'>,
  random: Random,
): BrokerFaults | null {
  return site.stack.brokers.length === 1 ? null : new BrokerFaults(site.cluster, path, load, random);
}

async function compare(scenario: Scenario, options: IntegrityOptions, site: Site): Promise<boolean> {
  const { say, seed } = options;
  const { name, worker, prepare } = scenario;
  say(`${name}: seed ${seed}`);
  const trial = await prepare(site);
  const pool = site.pool(worker, site.client.prefix, trial.env);
  await Promise.all(Array.from({ length: WORKERS }, () => pool.start().ready()));
  const load = await trial.start();
  const random = randomOf(seed + 1);
  const { kafka } = site.stack.servers;
  const ofBrokers = brokerFaults(site, pathOf(scenario, site.client.prefix), load, random);
  const faults = new Map<string, Fault>([
    ...commonFaults([pool], kafka, options.rounds, SESSION_TIMEOUT_MS, random),
    ...(ofBrokers?.faults(options.rounds) ?? []),
  ]);
  const rounds = await inflict(faults, random, say);
  const faultsEnd = Date.now();
  await load.stop();
  let unsettled: unknown = null;
  try {
    await trial.settle(pool);
    say(`at rest ${((Date.now() - faultsEnd) / 1_000).toFixed(1)} s after the last fault`);
  } catch (error) {
    unsettled = error;
  }
  await pool.stopAll();
  const outcome = await trial.verify(faultsEnd);
  if (unsettled !== null) outcome.findings.add('workers restless', String(unsettled));
  for (const problem of ofBrokers?.problems ?? []) outcome.findings.add('rounds failed', problem);
  for (const surprise of pool.surprises) outcome.findings.add('workers surprising', surprise);
  for (const line of summaryOf({ name, outcome, rounds, load, pools: [pool], seed, ofBrokers })) say(line);
  return outcome.findings.total === 0;
}

function pathOf({ worker, group, input, outputs, transactional }: Scenario, prefix: string): Path {
  return {
    group: prefix + (group ?? worker),
    input: prefix + input,
    outputs: outputs.map((name) => prefix + name),
    transactional: transactional ?? true,
  };
}
