import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ProcessSample } from './process-sample.js';

const STOP_MS = 20_000;
const KEPT_LINES = 400;

/** A program under measurement: its lines can be waited for, its figures are sampled while it runs. */
export class Child {
  readonly sample: ProcessSample;
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(
    readonly name: string,
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        this.#wake();
      });
    }
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#closed = true;
        process.removeListener('exit', this.#kill);
        this.sample.stop();
        this.#wake();
        resolve(code);
      });
    });
    this.sample = new ProcessSample(this.#child.pid ?? 0);
    process.once('exit', this.#kill);
  }

  get running(): boolean {
    return !this.#closed;
  }

  /** The last lines of its output, for error messages. */
  get tail(): string {
    return this.#lines.slice(-15).join('\n');
  }

  /** Resolves with the first line that matches. @throws Error when the program ends without it. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.#lines) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (this.#closed) throw new Error(`${this.name} ended without saying ${pattern}:\n${this.tail}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Asks it to end, and makes it after a while. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(this.#kill, STOP_MS);
    await this.exited;
    clearTimeout(timer);
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
