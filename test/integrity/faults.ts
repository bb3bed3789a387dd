import type { EmbeddedServer } from '../../services/up/embedded/stack.js';
import { between, pick, type Random, shuffled } from './random.js';
import type { WorkerPool } from './worker-pool.js';

export const KINDS = ['kill', 'zombie', 'scale', 'broker'] as const;
export type Kind = (typeof KINDS)[number];

/** With several brokers, instead of `broker`; see `broker-faults.ts`. */
export const BROKER_KINDS = [
  'leader',
  'coordinator',
  'election',
  'follower',
  'leaderless',
  'rolling',
  'disk',
] as const;
export type BrokerKind = (typeof BROKER_KINDS)[number];

/** How often each kind is inflicted; those left out are not. */
export type Rounds = Readonly<Partial<Record<Kind | BrokerKind, number>>>;

export interface Pause {
  readonly from: number;
  readonly to: number;
}

/** What goes wrong, and how often. */
export interface Fault {
  readonly rounds: number;
  /** One round; resolves with what was done, in words. */
  readonly run: () => Promise<string>;
  /** Share of the rounds beside which others go on. */
  readonly overlapping?: number;
}

/** Between two faults: shorter and longer than the group needs to come to rest. */
const PAUSE_MS: Pause = { from: 200, to: 5_000 };
/** A broker needs some 15 s to be back, so most of its rounds have the time for themselves. */
export const BROKER_OVERLAPPING = 0.35;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * All rounds of all kinds in random order at random moments. While some of an overlapping kind go on, the others
 * continue beside them, so that one hits in the middle of the other.
 *
 * @returns how many rounds of each kind there were
 */
export async function inflict(
  faults: ReadonlyMap<string, Fault>,
  random: Random,
  say: (line: string) => void,
  pause: Pause = PAUSE_MS,
): Promise<ReadonlyMap<string, number>> {
  const done = new Map([...faults.keys()].map((kind) => [kind, 0]));
  const began = performance.now();
  const round = async (kind: string, { rounds, run }: Fault) => {
    const what = await run();
    const number = (done.get(kind) ?? 0) + 1;
    done.set(kind, number);
    const at = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
    say(`${at} s  ${kind} ${number}/${rounds}: ${what}`);
  };
  const all = [...faults].flatMap(([kind, fault]) =>
    Array.from({ length: fault.rounds }, () => [kind, fault] as const),
  );
  let beside = Promise.resolve();
  for (const [kind, fault] of shuffled(random, all)) {
    await sleep(between(random, pause.from, pause.to));
    if (fault.overlapping === undefined) await round(kind, fault);
    else {
      await beside;
      beside = round(kind, fault);
      if (random() >= fault.overlapping) await beside;
    }
  }
  await beside;
  return done;
}

/** The faults that every worker has to bear; each hits a worker of any of the pools. */
export function commonFaults(
  pools: readonly WorkerPool[],
  broker: EmbeddedServer,
  rounds: Rounds,
  sessionTimeoutMs: number,
  random: Random,
): Map<string, Fault> {
  const any = () => pick(random, pools);
  return new Map<Kind, Fault>([
    ['kill', { rounds: rounds.kill ?? 0, run: () => kill(any(), random) }],
    ['zombie', { rounds: rounds.zombie ?? 0, run: () => zombie(any(), random, sessionTimeoutMs) }],
    ['scale', { rounds: rounds.scale ?? 0, run: () => scale(any(), random) }],
    [
      'broker',
      {
        rounds: rounds.broker ?? 0,
        run: () => restart(broker, between(random, 0, 3_000)),
        overlapping: BROKER_OVERLAPPING,
      },
    ],
  ]);
}

async function kill(pool: WorkerPool, random: Random): Promise<string> {
  const victim = pool.take(random);
  await pool.kill(victim);
  await sleep(between(random, 0, 2_000));
  pool.start();
  return `${pool.worker} ${victim.number} killed, ${pool.worker} ${pool.started} started`;
}

/** Held up for longer than the session time-out, then let go, when others have its partitions. */
async function zombie(pool: WorkerPool, random: Random, sessionTimeoutMs: number): Promise<string> {
  const victim = pool.take(random);
  const ms = Math.round(sessionTimeoutMs + between(random, 500, 4_500));
  victim.process.kill('SIGSTOP');
  await sleep(ms);
  victim.process.kill('SIGCONT');
  pool.giveBack(victim);
  return `${pool.worker} ${victim.number} stood still for ${ms} ms`;
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
  if (moreFirst) return `${pool.worker} ${pool.started} added, then ${victim.number} removed`;
  await sleep(between(random, 0, 4_000));
  pool.start();
  return `${pool.worker} ${victim.number} removed, then ${pool.started} added`;
}

async function restart(broker: EmbeddedServer, downMs: number): Promise<string> {
  await broker.kill('SIGKILL');
  await sleep(downMs);
  await broker.start();
  return `broker killed and started again after ${Math.round(downMs)} ms`;
}
