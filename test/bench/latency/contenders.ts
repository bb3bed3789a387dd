import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../stand.js';
import type { Child } from '../windowing/child.js';
import { startJava } from '../windowing/java.js';
import { joined, startWorker } from '../windowing/tactus.js';
import type { ContenderName } from './names.js';

/** Of the windows of 1 s that `windows` makes. */
export const GRACE_MS = 100;

/** A hop between two topics `<prefix>ingest.metrics` and `<prefix>metrics`, both there and empty. */
export interface HopSettings {
  readonly prefix: string;
  readonly partitions: number;
  readonly intervalMs: number;
}

interface Running {
  readonly children: readonly Child[];
  /** What makes it fast or slow, as one line. */
  readonly settings: string;
  stop(): Promise<void>;
}

/** Takes points from one topic to the other, again and again with other settings. */
export interface Contender {
  /** Resolves when it has all partitions. @throws Error when it ends instead */
  start(hop: HopSettings): Promise<Running>;
  /** Ends what it keeps between two runs. */
  end(): Promise<void>;
}

export function contender(name: ContenderName, bench: Bench): Contender {
  switch (name) {
    case 'tactus':
      return new Tactus(bench, ['ingest']);
    case 'windows':
      return new Tactus(bench, ['ingest', 'windowing']);
    case 'streams':
    case 'loop':
      return new Peer(bench, name);
  }
}

/** Workers as a user starts them, one process of each, which warm up by themselves. */
class Tactus implements Contender {
  constructor(
    private readonly bench: Bench,
    private readonly names: readonly string[],
  ) {}

  async start({ prefix, partitions, intervalMs }: HopSettings): Promise<Running> {
    const { bench } = this;
    const windowsFile = join(bench.dataDir, 'latency-windows.yaml');
    writeFileSync(windowsFile, `windows:\n  - name: 1s\n    size: 1s\n    grace: ${GRACE_MS}ms\n`);
    const settings = {
      TACTUS_COMMIT_INTERVAL_MS: String(intervalMs),
      TACTUS_PARTITIONS: String(partitions),
    };
    const env = { ...settings, WINDOWS_FILE: windowsFile };
    const workers = await Promise.all(
      this.names.map(async (name) => ({ name, worker: await startWorker(bench, prefix, name, env) })),
    );
    const children = workers.map(({ worker }) => worker.child);
    const stop = async () => void (await Promise.all(children.map((child) => child.stop())));
    try {
      for (const { name, worker } of workers) await joined(bench, `${prefix}${name}`, [worker]);
    } catch (error) {
      await stop();
      throw error;
    }
    const said = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    return { children, settings: said.join(' '), stop };
  }

  async end(): Promise<void> {}
}

/** For trying other settings of Streams, such as `threads=2 poll=1`; see StreamsHop.java. */
const tried = process.env.BENCH_STREAMS ?? '';

/** A program in Java whose process stays from one run to the next, so that its code is compiled; see Hop.java. */
class Peer implements Contender {
  #child: Child | null = null;
  #runs = 0;

  constructor(
    private readonly bench: Bench,
    private readonly kind: 'streams' | 'loop',
  ) {}

  async start({ prefix, partitions, intervalMs }: HopSettings): Promise<Running> {
    const { bench, kind } = this;
    this.#child ??= startJava(bench.classPath, 'Hop', {
      ...{ kind, brokers: bench.env.KAFKA_BROKERS, state: join(bench.dataDir, 'streams') },
    });
    const child = this.#child;
    const run = ++this.#runs;
    const words = Object.entries({
      ...{ run, id: bench.nextId(), interval: intervalMs, partitions },
      ...{ input: `${prefix}ingest.metrics`, output: `${prefix}metrics` },
    }).map(([name, value]) => `${name}=${value}`);
    if (kind === 'streams' && tried !== '') words.push(tried);
    child.say(`start ${words.join(' ')}`);
    const [, settings] = await child.line(new RegExp(`^running ${run} (.*)$`));
    const stop = async (): Promise<void> => {
      child.say('stop');
      await child.line(new RegExp(`^stopped ${run}$`));
    };
    return { children: [child], settings: settings as string, stop };
  }

  async end(): Promise<void> {
    await this.#child?.stop();
    this.#child = null;
  }
}
