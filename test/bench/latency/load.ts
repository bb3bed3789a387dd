import { cpus } from 'node:os';
import type { Bench } from '../stand.js';
import type { Child } from '../windowing/child.js';
import { startJava } from '../windowing/java.js';
import type { Measured } from './report.js';

/** What is sent where, and what is read; see Latency.java. */
export interface LoadSettings {
  readonly input: string;
  readonly output: string;
  /** Id of the points' schema. */
  readonly schema: number;
  readonly rate: number;
  readonly seconds: number;
  /** Seconds before those that count. */
  readonly warm: number;
  readonly partitions: number;
  readonly keys: string;
  /** Topic of windows, if they are watched too, and their grace in ms. */
  readonly windows?: string;
  readonly grace?: number;
}

/** A measured stretch, in ms since the epoch, and what came of it. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** CPU seconds per second that nobody on the machine used: near 0, all figures say little. */
  readonly idleCpu: number;
  readonly measured: Measured;
}

/** The sender and the reader, in one process with one clock, the same for all contenders. */
export class Load {
  readonly #child: Child;
  #runs = 0;

  /** @param pid process of the broker, whose requests are counted */
  constructor(bench: Bench, pid: number) {
    this.#child = startJava(bench.classPath, 'Latency', { brokers: bench.env.KAFKA_BROKERS, pid });
  }

  /** @throws Error when the process ends */
  async measure(settings: LoadSettings): Promise<Stretch> {
    const run = ++this.#runs;
    this.#child.say(
      Object.entries({ run, ...settings })
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    );
    const [, from] = await this.#child.line(new RegExp(`^from ${run} (\\d+)$`));
    const before = idleSeconds();
    const [, to] = await this.#child.line(new RegExp(`^to ${run} (\\d+)$`));
    const idle = idleSeconds() - before;
    const [, json] = await this.#child.line(new RegExp(`^result ${run} (.*)$`));
    const measured = JSON.parse(json as string) as Measured;
    const stretch = { from: Number(from), to: Number(to) };
    return { ...stretch, idleCpu: (idle * 1000) / (stretch.to - stretch.from), measured };
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

/** Of all cores since the machine started. */
function idleSeconds(): number {
  return cpus().reduce((all, { times }) => all + times.idle, 0) / 1000;
}
