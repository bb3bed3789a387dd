import type { ServerName } from '../../services/up/embedded/stack.js';
import type { Findings } from './findings.js';
import type { Load } from './load.js';
import type { Site } from './site.js';
import type { WorkerPool } from './worker-pool.js';

export interface Outcome {
  readonly findings: Findings;
  /** Counts for people. */
  readonly lines: readonly string[];
}

/** One worker under faults: what it is fed with, and how its outputs are checked. */
export interface Scenario {
  readonly name: string;
  /** The worker's command. */
  readonly worker: string;
  readonly servers: readonly ServerName[];
  /** Logical names of the topic that the load is sent to, and of those that the worker writes to all the time. */
  readonly input: string;
  readonly outputs: readonly string[];
  /** Of the worker, without the prefix; its name by default. */
  readonly group?: string;
  /** False where the worker commits offsets without transactions. */
  readonly transactional?: boolean;
  readonly prepare: (site: Site) => Promise<Trial>;
}

/** A scenario on its servers, before the first worker runs. */
export interface Trial {
  /** For the workers, on top of addresses and prefix. */
  readonly env: Readonly<Record<string, string>>;
  /** Called when the workers are ready. */
  start(): Promise<Load>;
  /** Resolves when the workers have nothing left to do; rejects when that takes too long. */
  settle(pool: WorkerPool): Promise<void>;
  /** Called when all workers have stopped; outputs from before `faultsEnd` were made under faults. */
  verify(faultsEnd: number): Promise<Outcome>;
}
