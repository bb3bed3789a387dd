import type { Registry } from 'prom-client';
import type { Config } from '../config/load.js';
import type { Clock } from '../core/clock.js';
import type { Tracing } from '../ports/tracing.js';
import type { Health } from './health.js';
import type { Logger } from './logger.js';

/** What a command that ends works with: no worker, so neither metrics nor a status server. */
export type CommandContext = Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>;

/** What every worker is handed. */
export interface WorkerContext {
  readonly name: string;
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** Metrics registered here are served on `/metrics`. */
  readonly metrics: Registry;
  readonly health: Health;
  /** Missing where tracing is off. */
  readonly tracing?: Tracing;
  /** Aborts when the process is asked to stop: waits and retries must end then. */
  readonly stopping: AbortSignal;
  /** Ends the process with exit code 1 after an orderly stop; for errors that won't pass. */
  fail(error: unknown): void;
}
