import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot } from '../../../shared/files/package-root.js';
import { MetricPointReader } from '../../../shared/wire/metric-point-reader.js';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { columns, grouped } from '../figures.js';
import { onServers } from '../stand.js';
import { Child } from '../windowing/child.js';
import type { FairnessOptions, Way } from './options.js';
import { pointAt, Sender, sendAt, type Target } from './sending.js';

const PREFIX = 'fairness.';
const PARTITIONS = 4;
/** The noisy tenant writes to those below; so do half of the others. */
const SHARED = 2;
const TENANTS = 10;
const WARM_MS = 5_000;
const DRAIN_MS = 120_000;
const SECRET = 'of-the-fairness-bench-and-of-nothing-else';

/** What the noisy tenant does meanwhile. */
const CASES = ['alone', 'with quotas', 'without quotas'] as const;
type Case = (typeof CASES)[number];

interface Measured {
  readonly way: Way;
  readonly name: Case;
  /** Milliseconds from being sent to being readable, of the others. */
  readonly p50: number;
  readonly p99: number;
  /** The same of those that share their partitions with the noisy tenant. */
  readonly sharedP99: number;
  readonly lost: number;
  /** Points of the noisy tenant, and how many of its sends were refused. */
  readonly noise: string;
}

/** Times of tenants beside one that sends too much; false when a point of them is lost. */
export async function runFairnessBench(options: FairnessOptions): Promise<boolean> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const needs = { data: null, only: ['kafka', 'registry'], progress: say } as const;
  return await onServers(needs, async ({ stack, dataDir, workers }) => {
    const tenantsFile = join(dataDir, 'tenants.yaml');
    const env = {
      ...stack.env,
      ...{ TOPIC_PREFIX: PREFIX, TACTUS_PARTITIONS: String(PARTITIONS), TACTUS_KEYS_SECRET: SECRET },
      ...{ TENANTS_FILE: tenantsFile, LOG_LEVEL: 'info' },
    };
    writeFileSync(tenantsFile, tenants(null));
    const ingest = new WorkerProcess('ingest', env);
    workers.push(ingest);
    await ingest.ready();
    let gateway: Target['gateway'] = null;
    if (options.ways.includes('gateway')) {
      const { stdout, stderr } = await runTactus(
        ['keys', 'create', '--tenant', '*', '--scopes', 'write:metrics'],
        env,
      );
      if (stdout.trim() === '') throw new Error(stderr);
      const worker = new WorkerProcess('gateway', env);
      workers.push(worker);
      await worker.ready();
      gateway = {
        url: await until('the address of the gateway', () => addressOf(worker)),
        key: stdout.trim(),
      };
    }
    const bench = new Fairness(options, { ...stack.env, prefix: PREFIX, gateway }, tenantsFile);
    await bench.follow();
    const all: Measured[] = [];
    for (const way of options.ways)
      for (const name of CASES) {
        const measured = await bench.measure(way, name);
        all.push(measured);
        say(`${way}, ${name}: p50 ${measured.p50} ms, p99 ${measured.p99} ms; ${measured.noise}`);
      }
    await bench.stop();
    say(table(all));
    return all.every(({ lost }) => lost === 0);
  });
}

class Fairness {
  readonly #client: PlainClient;
  /** When points of the others were sent that have not come yet, by id. */
  readonly #sent = new Map<number, { readonly at: number; readonly shared: boolean }>();
  #times: { readonly ms: number; readonly shared: boolean }[] = [];
  #counts = false;
  #close: () => Promise<void> = async () => {};

  constructor(
    private readonly options: FairnessOptions,
    private readonly target: Target,
    private readonly tenantsFile: string,
  ) {
    this.#client = new PlainClient(target, PREFIX);
  }

  /** Reads `metrics` as others would, committed records only. */
  async follow(): Promise<void> {
    const reader = new MetricPointReader();
    const consumer = this.#client.kafka.consumer({ groupId: ownPrefix('reader'), maxWaitTimeInMs: 20 });
    await consumer.connect();
    await consumer.subscribe({ topics: [`${PREFIX}metrics`], fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        const now = Date.now();
        for (const { key, value } of batch.messages) {
          if (value === null || key?.[0] !== 0x67) continue;
          reader.use(value);
          if (!reader.read(0, value.length)) throw new Error('a point that cannot be read');
          const sent = this.#sent.get(reader.value);
          if (sent === undefined) continue;
          this.#sent.delete(reader.value);
          this.#times.push({ ms: now - sent.at, shared: sent.shared });
        }
      },
    });
    this.#close = async () => await consumer.disconnect();
  }

  async measure(way: Way, name: Case): Promise<Measured> {
    const { quotas, times, rate, seconds } = this.options;
    const quota = quotas[way];
    const target = way === 'kafka' ? { ...this.target, gateway: null } : this.target;
    writeFileSync(this.tenantsFile, tenants(name === 'with quotas' ? quota : null));
    const sender = await new Sender(target).connect();
    const stopping = new AbortController();
    const sending = sendAt(
      { rate, everyMs: 10, atOnce: 1_000 },
      async (from, count, now) =>
        await sender.send(Array.from({ length: count }, (_, i) => this.#point(from + i, now))),
      stopping.signal,
    );
    const flood = name === 'alone' ? null : await startFlood(target, quota * times);
    await pause(WARM_MS);
    this.#times = [];
    this.#counts = true;
    await pause(seconds * 1_000);
    this.#counts = false;
    stopping.abort();
    await sending;
    // What was sent in the measured time counts, however long it takes; the noise goes on for as long.
    const came = () => this.#sent.size === 0;
    await until('all points', came, seconds * 3_000).catch(() => undefined);
    const noise = flood === null ? 'no noise' : await endFlood(flood);
    await until('all points', came, DRAIN_MS).catch(() => undefined);
    const lost = this.#sent.size;
    this.#sent.clear();
    await sender.close();
    const quantile = (q: number, only: boolean) => {
      const sorted = this.#times.filter(({ shared }) => shared || !only).map(({ ms }) => ms);
      sorted.sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
    };
    return {
      way,
      name,
      p50: quantile(0.5, false),
      p99: quantile(0.99, false),
      sharedP99: quantile(0.99, true),
      lost,
      noise,
    };
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  #next = 0;

  #point(i: number, now: number) {
    const partition = i % PARTITIONS;
    const value = ++this.#next;
    if (this.#counts) this.#sent.set(value, { at: now, shared: partition < SHARED });
    return { ...pointAt(`good-${i % TENANTS}`, `g${value}`, now, partition), value };
  }
}

async function startFlood(target: Target, rate: number): Promise<Child> {
  const program = join(packageRoot(), 'dist', 'test', 'bench', 'fairness', 'flood.js');
  const child = new Child('flood', process.execPath, [
    program,
    JSON.stringify(target),
    String(rate),
    String(SHARED),
  ]);
  await child.line(/^sending$/);
  return child;
}

async function endFlood(child: Child): Promise<string> {
  // Where the broker does not keep up, its last sends are not answered in time, and it is killed.
  const said = child.line(/^sent .*$/).catch(() => null);
  await child.stop();
  return (await said)?.[0] ?? 'the noise did not end by itself';
}

function addressOf({ httpPort: port }: WorkerProcess): string | null {
  return port === undefined ? null : `http://127.0.0.1:${port}`;
}

/** @param quota of the noisy tenant */
function tenants(quota: number | null): string {
  const quotas = quota === null ? '' : `\n    quotas: { pointsPerSecond: ${quota}, burst: 1 }`;
  return `tenants:\n  - id: noisy${quotas}\n`;
}

function table(all: readonly Measured[]): string {
  const head = ['sent', 'noise', 'p50 ms', 'p99 ms', 'x alone', 'shared p99 ms', 'x alone', 'lost'];
  const rows = all.map((row) => {
    const alone = all.find(({ way, name }) => way === row.way && name === 'alone') ?? row;
    const ratio = (one: number, other: number) => (one / other).toFixed(2);
    return [
      ...[row.way, row.name, grouped(row.p50), grouped(row.p99), ratio(row.p99, alone.p99)],
      ...[grouped(row.sharedP99), ratio(row.sharedP99, alone.sharedP99), String(row.lost)],
    ];
  });
  const notes = [
    'p50, p99: of the other tenants, from being sent to being readable (read_committed) in `metrics`; shared: of those in partitions of the noisy one',
    'goal: with quotas less than 1.20, without at least 2.00',
  ];
  return [...columns(head, rows, 2), ...notes].join('\n');
}
