import { setTimeout as pause } from 'node:timers/promises';
import { brokerName } from '../../services/up/embedded/kafka.js';
import type { EmbeddedServer } from '../../services/up/embedded/stack.js';
import { between, pick, type Random } from '../integrity/random.js';
import type { Cluster } from '../support/cluster/cluster.js';
import type { FullDisks } from './full-disks.js';
import type { Network, Slowness } from './network/network.js';
import type { BrokerRole, Fault, OtherServer, WorkerName } from './plan.js';
import type { Traffic } from './traffic.js';
import type { Worker } from './workers.js';

/** Longer than the session of a worker (6 s) and of a broker (9 s at most) last. */
const AWAY_MS = { from: 10_000, to: 15_000 };
/** Still longer than the session of a worker. */
const SHORT_AWAY_MS = 7_000;
/** Of what was killed: an orchestrator starts it again soon. */
const DEAD_MS = { from: 500, to: 3_000 };
const SLOW: Slowness = { delayMs: 150, jitterMs: 50, lossPercent: 2 };
/** Groups that have a coordinator. */
const GROUPS = ['ingest', 'windowing', 'anomaly', 'alerting', 'sink-timescale'];

/** What faults are inflicted on. */
export interface Scene {
  readonly workers: readonly Worker[];
  readonly servers: Readonly<Record<OtherServer, EmbeddedServer>>;
  readonly cluster: Cluster;
  readonly prefix: string;
  readonly traffic: Traffic;
  /** Null where there are no namespaces. */
  readonly network: Network | null;
  readonly disks: FullDisks | null;
  readonly random: Random;
  /** Shorter faults, for a run that is short. */
  readonly short: boolean;
}

/** A process that can be hit. */
interface Victim {
  /** Of its link and its disk. */
  readonly name: string;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<unknown>;
  running(): boolean;
}

/** What was done, and when. */
export interface Done {
  readonly what: string;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** Inflicts one fault from beginning to end; what ended by it runs again when this resolves. */
export async function inflict({ target, kind }: Fault, scene: Scene): Promise<Done> {
  const { random, network, disks } = scene;
  if (target === 'sender') {
    const beganAt = Date.now();
    const right = scene.traffic.skewClock();
    await pause(awayMs(scene));
    right();
    return { what: 'a tenth of the points have wrong times', beganAt, endedAt: Date.now() };
  }
  const victim = await victimOf(target, scene);
  const { name } = victim;
  const beganAt = Date.now();
  const during = async (end: () => Promise<unknown>, what: string): Promise<Done> => {
    await pause(awayMs(scene));
    await end();
    const endedAt = Date.now();
    // A server may end by what was done to it.
    if (!victim.running()) await victim.start();
    return { what: `${name} ${what} for ${endedAt - beganAt} ms`, beganAt, endedAt };
  };
  switch (kind) {
    case 'kill': {
      await victim.kill();
      await pause(between(random, DEAD_MS.from, DEAD_MS.to));
      const endedAt = Date.now();
      await victim.start();
      return { what: `${name} killed, and started again after ${endedAt - beganAt} ms`, beganAt, endedAt };
    }
    case 'freeze':
      await victim.signal('SIGSTOP');
      return await during(() => victim.signal('SIGCONT'), 'stood still');
    case 'slow':
      return await during(await the(network).slow(name, SLOW), 'had a slow link');
    case 'cut':
      return await during(await the(network).cut(name), 'was cut off');
    case 'disk':
      return await during(await the(disks).fill(name), 'had a full disk');
    case 'clock':
      throw new Error(`${name} has no clock of its own`);
  }
}

async function victimOf(target: Exclude<Fault['target'], 'sender'>, scene: Scene): Promise<Victim> {
  const { workers, servers, random } = scene;
  switch (target) {
    case 'leader':
    case 'coordinator':
    case 'broker': {
      const id = await brokerOf(target, scene);
      return serverVictim(brokerName(id), scene.cluster.broker(id));
    }
    case 'registry':
    case 'database':
    case 'redis':
      return serverVictim(target, servers[target]);
    default:
      return workerVictim(pick(random, ofKind(workers, target)));
  }
}

function ofKind(workers: readonly Worker[], kind: WorkerName): Worker[] {
  return workers.filter((worker) => worker.kind === kind);
}

async function brokerOf(role: BrokerRole, { cluster, prefix, random }: Scene): Promise<number> {
  if (role === 'broker') return pick(random, cluster.ids);
  if (role === 'coordinator') return await cluster.coordinator('group', prefix + pick(random, GROUPS));
  const led = (await cluster.partitions([`${prefix}ingest.metrics`])).filter(({ leader }) => leader > 0);
  return pick(random, led).leader;
}

function workerVictim(worker: Worker): Victim {
  return {
    name: worker.name,
    signal: async (signal) => worker.process.kill(signal),
    kill: () => worker.kill(),
    start: async () => worker.start(),
    // It is started again by itself.
    running: () => true,
  };
}

function serverVictim(name: string, server: EmbeddedServer): Victim {
  return {
    name,
    signal: (signal) => server.kill(signal),
    kill: () => server.kill('SIGKILL'),
    start: () => server.start(),
    running: () => server.pid !== undefined,
  };
}

function awayMs({ random, short }: Scene): number {
  return short ? SHORT_AWAY_MS : between(random, AWAY_MS.from, AWAY_MS.to);
}

function the<T>(needed: T | null): T {
  if (needed === null) throw new Error('this fault needs namespaces');
  return needed;
}
