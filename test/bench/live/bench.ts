import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Partitioners, type Producer } from 'kafkajs';
import type { EmbeddedServer } from '../../../services/up/embedded/stack.js';
import { KEYS_SECRET, tactus } from '../../support/gateway-keys.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { memoryMib } from '../../support/process-memory.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { columns, grouped } from '../figures.js';
import { onServers } from '../stand.js';
import type { Ask, Told } from './clients.js';
import type { LiveBenchOptions } from './options.js';
import { SERIES, seriesOf, TENANT } from './series.js';

const GOAL_P99_MS = 250;
const GOAL_KIB_PER_CLIENT = 50;
const WARM_UP_S = 5;
/** Points are sent so often. */
const ROUND_MS = 50;
/** From a series to the next: has no divisor in common with their number, so that all come, those of a client far apart. */
const SPREAD = 3_467;
const KIB_PER_MIB = 1_024;
/** A machine at its limit sends to the last client later than this. */
const SETTLE_MS = 2_000;

/** 5,000 real clients of live updates; false when one has not got what is in the topic, or a goal is missed. */
export async function runLiveBench(options: LiveBenchOptions): Promise<boolean> {
  const began = performance.now();
  const progress = (line: string): void => {
    process.stdout.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`);
  };
  const only = ['kafka', 'registry', 'database'] as const;
  return await onServers({ data: options.data, only, progress }, async ({ stack, workers }) => {
    const prefix = `live-${Date.now().toString(36)}.`;
    const env = { ...stack.env, ...KEYS_SECRET, TOPIC_PREFIX: prefix };
    for (const command of [
      ['topics', 'apply'],
      ['schemas', 'apply'],
      ['db', 'migrate'],
    ])
      await tactus(command, env);
    const token = await tactus(['keys', 'create', '--tenant', TENANT, '--scopes', 'read'], env);
    const api = new WorkerProcess('api', {
      ...env,
      NODE_OPTIONS: options.nodeOptions,
      TACTUS_API_MAX_CONNECTIONS: String(options.clients + 100),
      // Of one tenant there may be half.
      TACTUS_API_LIVE_MAX_CLIENTS: String(2 * options.clients),
    });
    workers.push(api);
    await api.ready();
    const points = await Points.open(new PlainClient(stack.env, prefix), options);
    const clients = fork(fileURLToPath(new URL('./clients.js', import.meta.url)));
    try {
      await points.all();
      await until(
        'the series in the hub',
        async () => (await api.metric('tactus_live_known_series')) === SERIES,
      );
      const run = { api, points, clients, options, token, progress };
      let passed = await measured(run);
      if (options.outageSeconds !== null)
        passed = (await outage(run, stack.servers.kafka, options.outageSeconds)) && passed;
      // A profile is written when the process ends by itself.
      await api.stop();
      return passed;
    } finally {
      clients.kill();
      await points.close();
    }
  });
}

interface Run {
  readonly api: WorkerProcess;
  readonly points: Points;
  readonly clients: ChildProcess;
  readonly options: LiveBenchOptions;
  readonly token: string;
  readonly progress: (line: string) => void;
}

async function measured({ api, points, clients, options, token, progress }: Run): Promise<boolean> {
  const before = memoryMib(api.pid, 'VmRSS');
  const url = `ws://127.0.0.1:${api.httpPort}/ws/metrics`;
  await asked(clients, { do: 'connect', url, token, clients: options.clients });
  progress(`${grouped(options.clients)} clients are connected`);
  // What starting them has left behind is not what they take.
  await sleep(SETTLE_MS);
  const connected = memoryMib(api.pid, 'VmRSS');
  await points.send(WARM_UP_S * 1_000);
  await asked(clients, { do: 'reset' });
  const [cpu, coalesced] = await Promise.all([
    api.metric('process_cpu_seconds_total'),
    api.metric('tactus_live_updates_coalesced_total'),
  ]);
  const startedAt = performance.now();
  const sent = await points.send(options.seconds * 1_000);
  const seconds = (performance.now() - startedAt) / 1_000;
  const loaded = memoryMib(api.pid, 'VmRSS');
  const cpuShare = ((await api.metric('process_cpu_seconds_total')) - cpu) / seconds;
  await sleep(SETTLE_MS);
  const answer = await asked(clients, { do: 'compare', newest: points.newest });
  const skipped = (await api.metric('tactus_live_updates_coalesced_total')) - coalesced;
  const perClient = ((connected - before) * KIB_PER_MIB) / options.clients;
  const perLoadedClient = ((loaded - before) * KIB_PER_MIB) / options.clients;
  const rows = [
    ['points/s into the topic', grouped(sent / seconds)],
    ['updates/s to clients', grouped(answer.updates / seconds)],
    ['messages/s to clients', grouped(answer.messages / seconds)],
    ['updates that a newer one replaced', grouped(skipped)],
    ['p50, ms', String(answer.p50Ms)],
    ['p99, ms', String(answer.p99Ms)],
    ['max, ms', String(answer.maxMs)],
    ['KiB per client, connected', perClient.toFixed(1)],
    ['KiB per client, under load', perLoadedClient.toFixed(1)],
    ['API, cores', cpuShare.toFixed(2)],
    ['API, ms of CPU per 1,000 messages', ((cpuShare * seconds * 1_000_000) / answer.messages).toFixed(1)],
    ['clients, cores', (answer.cpuMs / 1_000 / seconds).toFixed(2)],
    ['load average', loadavg()[0]?.toFixed(1) ?? ''],
    ['series that a client has wrong', grouped(answer.wrong)],
    ['updates older than the one before', grouped(answer.stepsBack)],
    ['clients that were closed', grouped(answer.closed)],
  ];
  process.stdout.write(`${columns(['what', 'figure'], rows).join('\n')}\n`);
  const right = answer.wrong === 0 && answer.stepsBack === 0 && answer.closed === 0;
  return right && answer.p99Ms < GOAL_P99_MS && perLoadedClient < GOAL_KIB_PER_CLIENT;
}

/** The broker is killed with points that nobody has read yet, and comes back: connections stay, and nothing is missing. */
async function outage(
  { points, clients, options, progress }: Run,
  kafka: EmbeddedServer,
  seconds: number,
): Promise<boolean> {
  const state = async () => await asked(clients, { do: 'compare', newest: points.newest });
  await points.all();
  await kafka.kill('SIGKILL');
  const killedAt = performance.now();
  progress('the broker is killed');
  const since = () => `${((performance.now() - killedAt) / 1_000).toFixed(1)} s after that`;
  await until('all clients to know', async () => (await state()).stale === options.clients);
  progress(`${since()} all clients know that what they have is stale`);
  await sleep(Math.max(0, seconds * 1_000 - (performance.now() - killedAt)));
  progress(`${since()} the broker is started`);
  await kafka.start();
  progress(`${since()} it answers`);
  await until('all clients to know', async () => (await state()).live === options.clients);
  progress(`${since()} all clients know that it is not stale any more`);
  await points.all();
  await until('the newest of all series', async () => (await state()).wrong === 0);
  const { closed, stepsBack } = await state();
  progress(
    `${since()} all have the newest of all series; ${closed} were closed, ${stepsBack} updates went back`,
  );
  return closed === 0 && stepsBack === 0;
}

async function asked(clients: ChildProcess, ask: Ask): Promise<Told> {
  const answered = once(clients, 'message');
  clients.send(ask);
  const [answer] = await answered;
  return answer as Told;
}

/** Writes points to `metrics`, each with a value above all before it. */
class Points {
  /** By the number of the series. */
  readonly newest: number[] = Array.from({ length: SERIES }, () => -1);
  #value = 0;
  #next = 0;

  private constructor(
    private readonly producer: Producer,
    private readonly topic: string,
    private readonly encode: (value: object) => Buffer,
    private readonly rate: number,
    private readonly step: number,
  ) {}

  static async open(client: PlainClient, { rate, together }: LiveBenchOptions): Promise<Points> {
    const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const encode = await client.encoder('metrics');
    return new Points(producer, `${client.prefix}metrics`, encode, rate, together ? 1 : SPREAD);
  }

  /** One of each series. */
  async all(): Promise<void> {
    for (let left = SERIES; left > 0; left -= 1_000) await this.#some(1_000);
  }

  /** At the rate, spread over the series. @returns how many */
  async send(ms: number): Promise<number> {
    const startedAt = performance.now();
    let sent = 0;
    for (let round = 1; round * ROUND_MS <= ms; round++) {
      const due = Math.floor((this.rate * round * ROUND_MS) / 1_000);
      if (due > sent) await this.#some(due - sent);
      sent = due;
      await sleep(Math.max(0, round * ROUND_MS - (performance.now() - startedAt)));
    }
    return sent;
  }

  async #some(count: number): Promise<void> {
    const messages = Array.from({ length: count }, () => {
      const number = (this.#next++ * this.step) % SERIES;
      const value = this.#value++;
      this.newest[number] = value;
      const { metric, tags } = seriesOf(number);
      const point = pointOf({ tenantId: TENANT, metric, tags, value, timestamp: Date.now() });
      return { key: `${TENANT}|${metric}`, value: this.encode(point) };
    });
    await this.producer.send({ topic: this.topic, messages });
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }
}
