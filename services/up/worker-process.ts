import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { backoffMs } from '../../shared/core/retry.js';
import { EXIT } from '../../shared/process/exit-codes.js';
import { type StatusAddress, statusUrl } from '../../shared/process/status-server.js';
import type { Guard } from './embedded/guard.js';
import { Watchdog } from './watchdog.js';

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
  /** Of its status server. */
  readonly address: StatusAddress;
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
  #watchdog = new Watchdog(performance.now());
  /** How it ended, if this process did it. */
  #killed: string | null = null;

  constructor(readonly options: WorkerProcessOptions) {
    if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.1`);
    this.#start();
  }

  get name(): string {
    return this.options.name;
  }

  /** Base address of its status server. */
  get url(): string {
    return statusUrl(this.options.address);
  }

  /** Is called after each attempt to read its status; kills it when it has not answered for too long. */
  probed(answered: boolean): void {
    if (this.state !== 'running') return;
    const silentMs = this.#watchdog.probed(answered, performance.now());
    if (silentMs === null || this.#child === undefined) return;
    this.#killed = `did not answer for ${Math.round(silentMs / 1_000)} s and was killed`;
    // It may be stopped, or busy for ever: it would not notice anything else.
    this.#child.kill('SIGKILL');
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
    const { name, program, env, logFile, address, guard } = this.options;
    const log = openSync(logFile, 'a');
    // In a session of its own: Ctrl-C is for `up`, which stops workers before servers.
    const child = spawn(process.execPath, [program, name], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...env, METRICS_HOST: address.host, METRICS_PORT: `${address.port}` },
    });
    closeSync(log);
    guard.watch(child);
    this.#child = child;
    this.state = 'running';
    const began = performance.now();
    this.#watchdog = new Watchdog(began);
    this.#killed = null;
    child.once('error', (error) => this.#ended(`could not be started: ${error.message}`, began));
    child.once('exit', (code, signal) => {
      if (code === EXIT.config && this.state !== 'stopped') this.options.refused(name, logFile);
      this.#ended(this.#killed ?? `ended with ${signal ?? `exit code ${code}`}`, began);
    });
  }

  #ended(how: string, began: number): void {
    this.#child = undefined;
    if (this.state === 'stopped') return;
    if (this.#watchdog.lastAnswerAt - began > HEALTHY_AFTER_MS) this.#failures = 0;
    const pause = backoffMs(this.#failures++, Math.random(), RESTART_BACKOFF);
    this.state = 'restarting';
    const { name, say, logFile } = this.options;
    say(`${name} ${how}: starting it again in ${(pause / 1000).toFixed(1)} s, see ${logFile}`);
    this.#timer = setTimeout(() => this.#start(), pause);
  }
}
