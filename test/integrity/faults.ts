import type { EmbeddedServer } from '../../services/up/embedded/stack.js';
import { between, type Random, randomOf, shuffled } from './random.js';
import type { WorkerPool } from './worker-pool.js';

export const KINDS = ['kill', 'zombie', 'scale', 'broker'] as const;
export type Kind = (typeof KINDS)[number];

export type Rounds = Readonly<Record<Kind, number>>;

export interface FaultOptions {
  readonly rounds: Rounds;
  readonly seed: number;
  readonly sessionTimeoutMs: number;
  readonly say: (line: string) => void;
}

/** Between two faults: shorter and longer than the group needs to come to rest. */
const PAUSE_MS = { from: 200, to: 5_000 };
/** The broker needs some 15 s to be back, so most of its rounds have the time for themselves. */
const OVERLAPPING = 0.35;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * All rounds of all kinds in random order at random moments. While some of the broker's go on, the
 * workers' continue beside them, so that one hits in the middle of the other.
 */
export async function inflict(
  pool: WorkerPool,
  broker: EmbeddedServer,
  options: FaultOptions,
): Promise<Rounds> {
  const done: Record<Kind, number> = { kill: 0, zombie: 0, scale: 0, broker: 0 };
  const began = performance.now();
  const random = randomOf(options.seed + 1);
  const round = async (kind: Kind, work: Promise<string>) => {
    const what = await work;
    done[kind] += 1;
    const at = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
    options.say(`${at} s  ${kind} ${done[kind]}/${options.rounds[kind]}: ${what}`);
  };
  const all = KINDS.flatMap((kind) => Array<Kind>(options.rounds[kind]).fill(kind));
  let restarting = Promise.resolve();
  for (const kind of shuffled(random, all)) {
    await sleep(between(random, PAUSE_MS.from, PAUSE_MS.to));
    if (kind === 'kill') await round(kind, kill(pool, random));
    else if (kind === 'zombie') await round(kind, zombie(pool, random, options.sessionTimeoutMs));
    else if (kind === 'scale') await round(kind, scale(pool, random));
    else {
      await restarting;
      restarting = round(kind, restart(broker, between(random, 0, 3_000)));
      if (random() >= OVERLAPPING) await restarting;
    }
  }
  await restarting;
  return done;
}

async function kill(pool: WorkerPool, random: Random): Promise<string> {
  const victim = pool.take(random);
  await pool.kill(victim);
  await sleep(between(random, 0, 2_000));
  pool.start();
  return `worker ${victim.number} killed, worker ${pool.started} started`;
}

/** Held up for longer than the session time-out, then let go, when others have its partitions. */
async function zombie(pool: WorkerPool, random: Random, sessionTimeoutMs: number): Promise<string> {
  const victim = pool.take(random);
  const ms = Math.round(sessionTimeoutMs + between(random, 500, 4_500));
  victim.process.kill('SIGSTOP');
  await sleep(ms);
  victim.process.kill('SIGCONT');
  pool.giveBack(victim);
  return `worker ${victim.number} stood still for ${ms} ms`;
}

/** One more and then one less, or the other way round. */
async function scale(pool: WorkerPool, random: Random): Promise<string> {
  const moreFirst = random() < 0.5;
  if (moreFirst) {
    pool.start();
    await sleep(between(random, 0, 4_000));
  }
  const victim = pool.take(random);
  await pool.dismiss(victim);
  if (moreFirst) return `worker ${pool.started} added, then worker ${victim.number} removed`;
  await sleep(between(random, 0, 4_000));
  pool.start();
  return `worker ${victim.number} removed, then worker ${pool.started} added`;
}

async function restart(broker: EmbeddedServer, downMs: number): Promise<string> {
  await broker.kill('SIGKILL');
  await sleep(downMs);
  await broker.start();
  return `broker killed and started again after ${Math.round(downMs)} ms`;
}
