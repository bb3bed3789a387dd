import type { EmbeddedStack } from '../../services/up/embedded/stack.js';
import type { Cluster } from '../support/cluster/cluster.js';
import type { PlainClient } from '../support/plain-client.js';
import type { WorkerPool } from './worker-pool.js';

/** What a scenario is set up with: servers of its own, and a folder that goes with them. */
export interface Site {
  readonly stack: EmbeddedStack;
  readonly cluster: Cluster;
  readonly client: PlainClient;
  readonly folder: string;
  readonly seed: number;
  /** Records per second. */
  readonly rate: number;
  readonly say: (line: string) => void;
  /** For commands and workers under a prefix. */
  env(prefix: string): Readonly<Record<string, string>>;
  /**
   * Workers under a prefix, with variables besides; those left when the run ends or is interrupted are killed.
   *
   * @param program the command line of another build, whose workers get these variables only
   */
  pool(worker: string, prefix: string, env: Readonly<Record<string, string>>, program?: string): WorkerPool;
}
