import { type ChildProcess, spawn } from 'node:child_process';
import { HERE, type Place } from '../../services/up/embedded/place.js';
import { parsePrometheusText, type Sample, samplesOf } from '../../shared/process/prometheus-text.js';
import { PROGRAM } from './command-line.js';
import { until } from './until.js';

/** More than a worker takes to drain, with its servers away. */
const STOP_MS = 60_000;

/** A worker as a user starts it: a process of its own with only its environment. */
export class WorkerProcess {
  readonly #lines: string[] = [];
  readonly #child: ChildProcess;
  #httpPort: number | undefined;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(
    readonly name: string,
    env: Readonly<Record<string, string>>,
    args: readonly string[] = [],
    readonly place: Place = HERE,
    program = PROGRAM,
  ) {
    const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('TACTUS_'));
    const [first = '', ...rest] = [...place.through, process.execPath, program, name, ...args];
    this.#child = spawn(first, rest, {
      env: {
        ...Object.fromEntries(inherited),
        ...{ METRICS_HOST: place.host, METRICS_PORT: '0', HTTP_HOST: place.host, HTTP_PORT: '0' },
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#lines.push(...text.split('\n').filter((line) => line !== ''));
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Where a gateway listens; undefined until it has logged it. */
  get httpPort(): number | undefined {
    const logged = this.#httpPort ?? /"httpPort":(\d+)/.exec(this.output)?.[1];
    if (logged !== undefined) this.#httpPort = Number(logged);
    return this.#httpPort;
  }

  /** Address of `/metrics`, `/healthz` and `/readyz`, once the worker has logged its port. */
  async address(): Promise<string> {
    return await this.#untilEnded(`the status port of ${this.name}`, () => {
      const port = /"port":(\d+)/.exec(this.output)?.[1];
      return port === undefined ? null : `http://${this.place.host}:${port}`;
    });
  }

  async ready(ms = 120_000): Promise<this> {
    const address = await this.address();
    const isReady = async () => (await fetch(`${address}/readyz`)).ok;
    await this.#untilEnded(`${this.name} to be ready`, isReady, ms);
    return this;
  }

  /** What does not come any more, because the worker has ended, is not waited for: what it wrote says why. */
  async #untilEnded<T>(...[what, check, ms]: Parameters<typeof until<T>>): Promise<T> {
    const ended = async () => {
      const { code, signal } = await this.exited;
      const found = await Promise.resolve(check()).catch(() => null);
      if (found !== null && found !== undefined && found !== false) return found;
      throw new Error(`waited for ${what}, and it ended with ${signal ?? code}: ${this.output}`);
    };
    return await Promise.race([until(what, check, ms), ended()]);
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${await this.address()}/readyz`)).ok;
  }

  /** Sum over the series of a metric whose labels include `labels`. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return (await this.series(name, labels)).reduce((sum, value) => sum + value, 0);
  }

  /** The values of the series of a metric whose labels include `labels`. */
  async series(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number[]> {
    return samplesOf(await this.samples(), name, labels).map(({ value }) => value);
  }

  /** All that its metrics are now. */
  async samples(): Promise<Sample[]> {
    return parsePrometheusText(await (await fetch(`${await this.address()}/metrics`)).text());
  }

  /** @throws when it does not end by itself; it is killed then */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill('SIGKILL');
    }, STOP_MS);
    const { code } = await this.exited;
    clearTimeout(timer);
    if (late) throw new Error(`${this.name} did not end within ${STOP_MS} ms of SIGTERM: ${this.output}`);
    return code;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
