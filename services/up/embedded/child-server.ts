import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { sleep } from '../../../shared/process/wait.js';
import type { Guard } from './guard.js';
import { HERE, type Place } from './place.js';

/** How to run one embedded server. */
export interface ServerSpec {
  /** Of its log file. */
  readonly name: string;
  /** Here by default. */
  readonly place?: Place;
  readonly port: number;
  /** Writes its files and says what to run; called before each start. */
  command(): Promise<{ file: string; args: string[]; env?: Record<string, string> }>;
  /** Resolves when the server answers a real request, rejects while it does not. */
  probe(): Promise<void>;
}

/** One server of the stack as its users see it. */
export interface EmbeddedServer {
  /** Process id; undefined while it does not run. */
  readonly pid: number | undefined;
  readonly host: string;
  readonly port: number;
  /** Starts it again on the same port and data; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it in order: SIGTERM, and SIGKILL after `ms`, four seconds by default. */
  stop(ms?: number): Promise<void>;
  /** Sends it a signal as an accident would; resolves at its end when that signal ends it at once. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** A broker that was killed is taken back only when its session has ended, which a busy machine can stretch. */
const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 4_000;
const PROBE_EVERY_MS = 100;
const TAIL_LINES = 15;

/** Runs one server as a child process: log file, health, orderly end, and notice of a sudden one. */
export class ChildServer implements EmbeddedServer {
  #child: ChildProcess | undefined;
  /** True while its end would surprise. */
  #wanted = false;

  /** @param died called when the server ends without having been asked to, once it had started */
  constructor(
    readonly spec: ServerSpec,
    readonly logFile: string,
    private readonly guard: Guard,
    private readonly died: (error: TactusError) => void,
  ) {
    if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get host(): string {
    return (this.spec.place ?? HERE).host;
  }

  get port(): number {
    return this.spec.port;
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    this.#wanted = true;
    const { file, args, env } = await this.spec.command();
    const [program = file, ...rest] = [...(this.spec.place ?? HERE).through, file, ...args];
    if (!this.#wanted) throw this.#failed('was stopped while it started');
    const log = openSync(this.logFile, 'a');
    // In a session of its own: Ctrl-C is for the stack, which then stops its servers in order.
    const child = spawn(program, rest, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    this.#child = child;
    this.guard.watch(child);
    let notStarted: unknown;
    child.once('error', (error) => {
      notStarted = error;
      this.#child = undefined;
    });
    let started = false;
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      if (started && this.#wanted) this.died(this.#failed(`ended with ${signal ?? `exit code ${code}`}`));
    });
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      if (this.#child !== child) {
        if (!this.#wanted) throw this.#failed('was stopped while it started');
        throw this.#failed(notStarted === undefined ? 'ended while it started' : messageOf(notStarted));
      }
      try {
        await this.spec.probe();
        started = true;
        return;
      } catch (error) {
        if (performance.now() > deadline) {
          await this.stop();
          throw this.#failed(`did not answer within ${START_TIMEOUT_MS / 1000} s (${messageOf(error)})`);
        }
        await sleep(PROBE_EVERY_MS);
      }
    }
  }

  async stop(ms = STOP_TIMEOUT_MS): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === undefined) return;
    const ended = exited(child);
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    await ended;
    clearTimeout(timer);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (signal !== 'SIGKILL') {
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#wanted = false;
      child.kill(signal);
      return;
    }
    this.#wanted = false;
    const ended = exited(child);
    child.kill(signal);
    await ended;
  }

  #failed(what: string): TactusError {
    return new TactusError(
      'TACTUS_EMBEDDED_FAILED',
      `the embedded ${this.spec.name} ${what}; the last lines of ${this.logFile}:\n${tail(this.logFile)}`,
    );
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function tail(file: string): string {
  if (!existsSync(file)) return '(nothing)';
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines
    .slice(-TAIL_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
}
