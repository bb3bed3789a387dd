import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerName, startStack } from '../../services/up/embedded/stack.js';
import { ownPrefix } from '../support/own-prefix.js';
import { PlainClient } from '../support/plain-client.js';
import { PARTITIONS } from '../support/servers.js';
import { commonFaults, inflict, type Rounds } from './faults.js';
import { randomOf } from './random.js';
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
}

const ENDS = ['SIGINT', 'SIGTERM'] as const;
const WORKERS = 3;
/** The shortest that a worker takes. */
export const SESSION_TIMEOUT_MS = 6_000;

/** Options of a run on servers of its own. */
export type SiteOptions = Pick<Site, 'seed' | 'rate' | 'say'>;

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
  const { say, seed, rate } = options;
  const folder = mkdtempSync(join(tmpdir(), 'tactus-integrity-'));
  const stack = await startStack({ dataDir: folder, only: servers, progress: say });
  const client = new PlainClient(stack.env, ownPrefix('integrity'));
  const pools: WorkerPool[] = [];
  const site: Site = {
    ...{ seed, rate, say, stack, client, folder },
    pool: (worker, prefix, env) => {
      const common = {
        ...{ ...PARTITIONS, TOPIC_PREFIX: prefix },
        TACTUS_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
      };
      const pool = new WorkerPool(worker, { ...stack.env, ...common, ...env });
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
    if (sound) rmSync(folder, { recursive: true, force: true });
    else {
      for (const pool of pools) pool.writeLogs(stack.logs);
      say(`kept for a look: ${folder} (logs of workers and servers in ${stack.logs})`);
    }
  }
}

async function compare(
  { name, worker, prepare }: Scenario,
  options: IntegrityOptions,
  site: Site,
): Promise<boolean> {
  const { say, seed } = options;
  say(`${name}: seed ${seed}`);
  const trial = await prepare(site);
  const pool = site.pool(worker, site.client.prefix, trial.env);
  await Promise.all(Array.from({ length: WORKERS }, () => pool.start().ready()));
  const load = await trial.start();
  const random = randomOf(seed + 1);
  const { kafka } = site.stack.servers;
  const faults = commonFaults([pool], kafka, options.rounds, SESSION_TIMEOUT_MS, random);
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
  for (const surprise of pool.surprises) outcome.findings.add('workers surprising', surprise);
  for (const line of summaryOf({ name, outcome, rounds, load, pools: [pool], seed })) say(line);
  return outcome.findings.total === 0;
}
