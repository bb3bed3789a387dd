import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { backoffMs } from '../../shared/core/retry.js';
import { EXIT } from '../../shared/process/exit-codes.js';
import type { Guard } from './embedded/guard.js';

/** A worker that ran this long has started well: the next end of it is restarted soon again. */
const HEALTHY_AFTER_MS = 30_000;
const RESTART_BACKOFF = { baseMs: 500, capMs: 10_000 };
/** Longer than the drain time-out that `up` gives its workers. */
const STOP_TIMEOUT_MS = 5_000;

export type WorkerState = 'running' | 'restarting' | 'stopped';

export interface WorkerProcessOptions {
  readonly name: string;
  /** The script of the command line, which has a command of that name. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly metricsPort: number;
  readonly logFile: string;
  readonly guard: Guard;
  /** Called with a text when it ended and when it is started again. */
  readonly say: (line: string) => void;
  /** Called when it refuses its configuration: starting it again would change nothing. */
  readonly refused: (name: string, logFile: string) => void;
}

/** One worker as a child process, started again with growing pauses whenever it ends. */
export class WorkerProcess {
  state: WorkerState = 'running';
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(readonly options: WorkerProcessOptions) {
    if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.1`);
    this.#start();
  }

  get name(): string {
    return this.options.name;
  }

  /** SIGTERM, so that it drains; SIGKILL when that takes too long. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    const { name, program, env, logFile, metricsPort, guard } = this.options;
    const log = openSync(logFile, 'a');
    // In a session of its own: Ctrl-C is for `up`, which stops workers before servers.
    const child = spawn(process.execPath, [program, name], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...env, METRICS_PORT: `${metricsPort}` },
    });
    closeSync(log);
    guard.watch(child);
    this.#child = child;
    this.state = 'running';
    const began = performance.now();
    child.once('error', (error) => this.#ended(`could not be started: ${error.message}`, began));
    child.once('exit', (code, signal) => {
      if (code === EXIT.config && this.state !== 'stopped') this.options.refused(name, logFile);
      this.#ended(`ended with ${signal ?? `exit code ${code}`}`, began);
    });
  }

  #ended(how: string, began: number): void {
    this.#child = undefined;
    if (this.state === 'stopped') return;
    if (performance.now() - began > HEALTHY_AFTER_MS) this.#failures = 0;
    const pause = backoffMs(this.#failures++, Math.random(), RESTART_BACKOFF);
    this.state = 'restarting';
    const { name, say, logFile } = this.options;
    say(`${name} ${how}: starting it again in ${(pause / 1000).toFixed(1)} s, see ${logFile}`);
    this.#timer = setTimeout(() => this.#start(), pause);
  }
}
