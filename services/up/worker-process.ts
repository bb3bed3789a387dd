import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import type { Millis } from '../../shared/core/clock.js';
import { backoffMs } from '../../shared/core/retry.js';
import { EXIT } from '../../shared/process/exit-codes.js';
import { type StatusAddress, statusUrl } from '../../shared/process/status-server.js';
import type { Guard } from './embedded/guard.js';
import { type Sign, Watchdog } from './watchdog.js';

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
  /** For so long it may say that it is not alive; default: as long as in Kubernetes. */
  readonly deadAfterMs?: Millis;
}

/** One worker as a child process, started again with growing pauses whenever it ends. */
export class WorkerProcess {
  state: WorkerState = 'running';
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #watchdog: Watchdog;
  /** How it ended, if this process did it. */
  #killed: string | null = null;

  constructor(readonly options: WorkerProcessOptions) {
    this.#watchdog = this.#newWatchdog(performance.now());
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

  /**
   * Is called after each attempt to read its status; ends it when it has not answered, or has not been alive, for too long.
   * Whatever it died of takes minutes to show, so that it is not started again all the time.
   */
  probed(sign: Sign, reasons: readonly string[]): void {
    const child = this.#child;
    if (this.state !== 'running' || child === undefined || this.#killed !== null) return;
    const ms = this.#watchdog.probed(sign, performance.now());
    if (ms === null) return;
    const seconds = `${Math.round(ms / 1_000)} s`;
    if (sign === 'dead') {
      this.#killed = `was not alive for ${seconds} (${reasons.join('; ')}) and was stopped`;
      void this.#terminate(child);
    } else {
      this.#killed = `did not answer for ${seconds} and was killed`;
      // It may be stopped, or busy for ever: it would not notice anything else.
      child.kill('SIGKILL');
    }
  }

  /** SIGTERM, so that it drains; SIGKILL when that takes too long. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    clearTimeout(this.#timer);
    if (this.#child !== undefined) await this.#terminate(this.#child);
  }

  async #terminate(child: ChildProcess): Promise<void> {
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
    this.#watchdog = this.#newWatchdog(began);
    this.#killed = null;
    child.once('error', (error) => this.#ended(`could not be started: ${error.message}`, began));
    child.once('exit', (code, signal) => {
      if (code === EXIT.config && this.state !== 'stopped') this.options.refused(name, logFile);
      this.#ended(this.#killed ?? `ended with ${signal ?? `exit code ${code}`}`, began);
    });
  }

  #newWatchdog(startedAt: Millis): Watchdog {
    return new Watchdog(startedAt, this.options.deadAfterMs);
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
