import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gatewayKeys, KEYS_SECRET, tactus } from '../../support/gateway-keys.js';
import { until } from '../../support/until.js';
import { commonFaults, type Fault, inflict, type Pause, type Rounds } from '../faults.js';
import { Findings } from '../findings.js';
import { between, pick, type Random, randomOf } from '../random.js';
import { brokerFaults, onSite, SESSION_TIMEOUT_MS, type SiteOptions } from '../run.js';
import { readToTheEnd } from '../settle.js';
import type { Site } from '../site.js';
import { summaryOf } from '../summary.js';
import type { WorkerPool } from '../worker-pool.js';
import { Calm } from './calm.js';
import { Hostile, type HostileSize } from './hostile.js';
import { type GatewayRounds, HOSTILE_KINDS, type HostileKind } from './kinds.js';
import { forgetPeaks, type Memory, memoryOf } from './memory.js';
import { type Health, Senders } from './senders.js';
import { verify } from './verify.js';

export const GATEWAY = 'gateway';
export interface GatewayOptions extends SiteOptions {
  readonly rounds: GatewayRounds;
  readonly size: GatewaySize;
}

export interface GatewaySize extends HostileSize {
  readonly requestTimeoutMs: number;
  /** What is seen before the first round. */
  readonly atFirstMs: number;
  /** Between rounds; undefined for the usual. */
  readonly pause?: Pause;
}

export const LONG: GatewaySize = {
  ...{ connections: 400, series: 100_000, bombMib: 256, chunks: 2_000_000, quotaSeconds: 5 },
  ...{ requestTimeoutMs: 5_000, atFirstMs: 5_000 },
};
const WORKERS = 2;
const GOOD = ['acme', 'bolt'];
const HOSTILE = ['mallory', 'eve', 'noisy'];
const QUOTA = 2_000;
const BURST_S = 2;
const MOST_SERIES = 20_000;
const READY_MS = 120_000;
/** Redis is away for so long. */
const AWAY_MS = { from: 1_000, to: 5_000 };
/** In so long others are seen to be served. */
const LEAST_ROUND_MS = 2_000;
/** What a gateway may take, with its defaults: 256 MiB of series, 256 MiB in flight, and what V8 has not collected yet. */
const MOST_MIB = 1_024;
/** A tenant that keeps to its limits is answered in so long beside hostile ones, on a machine with much else to do. */
const MOST_P99_MS = 5_000;

/** Gateway and ingest under faults and hostile senders; true when nothing deviates. */
export async function runGatewayIntegrity(options: GatewayOptions): Promise<boolean> {
  return await onSite(['kafka', 'registry', 'redis'], options, async (site) => {
    site.say(`${GATEWAY}: seed ${options.seed}`);
    const trial = await Trial.start(site, options);
    return await trial.run();
  });
}

class Trial {
  readonly #findings = new Findings();
  readonly #calm = new Calm();
  readonly #random: Random;
  readonly #senders: Senders;
  readonly #hostile: Hostile;
  /** Of the rounds of each kind. */
  readonly #memory = new Map<string, Memory[]>();

  private constructor(
    private readonly site: Site,
    private readonly rounds: GatewayRounds,
    private readonly gateways: WorkerPool,
    private readonly ingest: WorkerPool,
    keys: ReadonlyMap<string, string>,
    private readonly size: GatewaySize,
  ) {
    const findings = this.#findings;
    this.#random = randomOf(site.seed + 1);
    const of = (tenants: readonly string[]) => new Map([...keys].filter(([name]) => tenants.includes(name)));
    const port = () => this.#port();
    this.#senders = new Senders({ ...{ rate: site.rate, keys: of(GOOD), port }, calm: this.#calm, findings });
    this.#hostile = new Hostile({
      ...{ size, keys: of(HOSTILE), port, findings, quota: QUOTA, burstS: BURST_S },
      requestTimeoutMs: size.requestTimeoutMs,
    });
  }

  static async start(site: Site, { rounds, size }: GatewayOptions): Promise<Trial> {
    const { client, folder } = site;
    const env = site.env(client.prefix);
    const keys = await gatewayKeys(env, [...GOOD, ...HOSTILE]);
    const tenants = join(folder, 'tenants.yaml');
    writeFileSync(
      tenants,
      // Of their many series few get past ingest: the rest is for `dlq`.
      `tenants:\n  - { id: mallory, quotas: { activeSeries: ${MOST_SERIES} } }
  - { id: noisy, quotas: { activeSeries: ${MOST_SERIES}, pointsPerSecond: ${QUOTA}, burst: ${BURST_S} } }\n`,
    );
    await tactus(['tenants', 'apply', tenants], env);
    const gateways = site.pool('gateway', client.prefix, {
      ...KEYS_SECRET,
      // Whenever a fault hits, some requests wait.
      TACTUS_GATEWAY_LINGER_MS: '100',
      TACTUS_GATEWAY_REQUEST_TIMEOUT_MS: String(size.requestTimeoutMs),
      // Nobody comes near it, but everybody is counted in Redis.
      TACTUS_QUOTA_POINTS_PER_SECOND: '1000000',
      TACTUS_QUOTA_INSTANCES: String(WORKERS),
    });
    const ingest = site.pool('ingest', client.prefix, KEYS_SECRET);
    const started = [gateways, ingest].flatMap((pool) => Array.from({ length: WORKERS }, () => pool.start()));
    await Promise.all(started.map((worker) => worker.ready()));
    return new Trial(site, rounds, gateways, ingest, keys, size);
  }

  async run(): Promise<boolean> {
    const { site, gateways, ingest, rounds } = this;
    const { say, client, seed, stack } = site;
    const findings = this.#findings;
    const senders = this.#senders;
    senders.start();
    const group = 'ingest';
    const path = {
      ...{ group: client.prefix + group, transactional: true },
      ...{ input: `${client.prefix}ingest.metrics`, outputs: [`${client.prefix}metrics`] },
    };
    const ofBrokers = brokerFaults(site, path, senders, this.#random);
    const { health } = await senders.health(() => pause(this.size.atFirstMs));
    say(`at first: ${healthInWords(health)}; gateway ${memoryInWords(memoryOf(gateways.running))}`);
    const faults = new Map<string, Fault>();
    const { broker = 0, ...ofWorkers } = rounds;
    const common = (pool: WorkerPool[], of: Rounds) =>
      commonFaults(pool, stack.servers.kafka, of, SESSION_TIMEOUT_MS, this.#random);
    for (const pool of [gateways, ingest])
      for (const [kind, fault] of common([pool], ofWorkers)) faults.set(`${kind} ${pool.worker}`, fault);
    faults.set('broker', common([], { broker }).get('broker') as Fault);
    for (const [kind, fault] of ofBrokers?.faults(rounds) ?? []) faults.set(kind, fault);
    for (const [kind, fault] of faults) faults.set(kind, this.#asFault(kind, fault));
    faults.set(
      'redis',
      this.#asHostile('redis', () => this.#restartRedis()),
    );
    for (const kind of HOSTILE_KINDS) faults.set(kind, this.#asHostile(kind, this.#hostile.kinds[kind]));
    const done = await inflict(faults, this.#random, say, this.size.pause);
    const faultsEnd = Date.now();
    await senders.stop();
    this.#hostile.close();
    try {
      await readToTheEnd(ingest, client, group, ['ingest.metrics', 'ingest.events']);
      say(`at rest ${((Date.now() - faultsEnd) / 1_000).toFixed(1)} s after the last fault`);
    } catch (error) {
      findings.add('workers restless', String(error));
    }
    for (const pool of [gateways, ingest]) await pool.stopAll();
    const lines = await verify(client, stack.env, senders.streams, findings);
    for (const problem of ofBrokers?.problems ?? []) findings.add('rounds failed', problem);
    for (const surprise of [gateways, ingest].flatMap(({ surprises }) => surprises))
      findings.add('workers surprising', surprise);
    const outcome = { findings, lines: [...lines, ...this.#memoryLines()] };
    const pools = [gateways, ingest];
    for (const line of summaryOf({
      ...{ name: GATEWAY, outcome, rounds: done, load: senders, pools, seed, ofBrokers },
    }))
      say(line);
    return findings.total === 0;
  }

  /** While it goes on, and until the gateways are ready again, senders may be answered 503, or not at all. */
  #asFault(kind: string, fault: Fault): Fault {
    const run = async () =>
      await this.#calm.disturbedBy(async () => {
        const what = await fault.run();
        await this.#ready();
        return what;
      });
    return { ...fault, run: () => this.#measured(kind, run) };
  }

  /** Nobody who keeps to the limits is refused meanwhile. */
  #asHostile(kind: 'redis' | HostileKind, run: () => Promise<string>): Fault {
    const measured = async () => {
      const both = () => Promise.all([run(), pause(LEAST_ROUND_MS)]);
      const {
        result: [what],
        health,
      } = await this.#senders.health(both);
      const p99 = percentile(health.times, 0.99);
      if (health.acknowledged === 0 || p99 > MOST_P99_MS)
        this.#findings.add('others held up', `beside ${kind}: ${healthInWords(health)}`);
      return `${what}; others: ${healthInWords(health)}`;
    };
    return {
      rounds: this.rounds[kind] ?? 0,
      run: async () => {
        await this.#ready();
        await until('nothing to be broken', () => this.#calm.now, READY_MS);
        return await this.#measured(kind, measured);
      },
    };
  }

  async #measured(kind: string, run: () => Promise<string>): Promise<string> {
    forgetPeaks(this.gateways.running);
    const what = await run();
    const memory = memoryOf(this.gateways.running);
    this.#memory.set(kind, [...(this.#memory.get(kind) ?? []), memory]);
    if (memory.peak > MOST_MIB) this.#findings.add('gateway too large', `${kind}: ${memoryInWords(memory)}`);
    return `${what}; gateway ${memoryInWords(memory)}`;
  }

  #memoryLines(): string[] {
    return [...this.#memory].map(([kind, rounds]) => {
      const peaks = rounds.map(({ peak }) => peak);
      const [first, last] = [rounds[0] as Memory, rounds.at(-1) as Memory];
      return `memory, ${kind}: at most ${Math.round(Math.max(...peaks))} MiB, after the first round ${Math.round(first.end)}, after the last ${Math.round(last.end)}`;
    });
  }

  async #restartRedis(): Promise<string> {
    const { redis } = this.site.stack.servers;
    const ms = Math.round(between(this.#random, AWAY_MS.from, AWAY_MS.to));
    await redis.kill('SIGKILL');
    await pause(ms);
    await redis.start();
    return `Redis killed and started again after ${ms} ms`;
  }

  async #ready(): Promise<void> {
    await until(
      'the gateways to be ready',
      async () => {
        const ready = await Promise.all(this.gateways.running.map((gateway) => gateway.isReady()));
        return ready.length > 0 && ready.every(Boolean);
      },
      READY_MS,
    );
  }

  /** Of any gateway that listens. */
  #port(): number | undefined {
    const ports = this.gateways.running.flatMap(({ httpPort }) => httpPort ?? []);
    return ports.length === 0 ? undefined : pick(Math.random, ports);
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * sorted.length)] ?? 0;
}

function healthInWords({ acknowledged, refused, times }: Health): string {
  return `${acknowledged} requests acknowledged, ${refused} not, p50 ${percentile(times, 0.5).toFixed(0)} ms, p99 ${percentile(times, 0.99).toFixed(0)} ms`;
}

function memoryInWords({ peak, end }: Memory): string {
  return `${Math.round(peak)} MiB at most, ${Math.round(end)} at the end`;
}
