import { partitionKey } from '../core/partition-key.js';
import type { AssignedPartition } from '../ports/log.js';

/** Processes one partition until `revoked` aborts; must not reject. */
export type RunPartition = (partition: AssignedPartition, revoked: AbortSignal) => Promise<void>;

interface Running {
  readonly revoke: AbortController;
  readonly done: Promise<void>;
}

/** The processing loops of the partitions that are currently assigned to this process. */
export class PartitionSet {
  readonly #running = new Map<string, Running>();
  #stopped = false;

  constructor(private readonly run: RunPartition) {}

  /**
   * Stops the loops of revoked partitions and starts those of new ones.
   *
   * @param keep the others go on; false starts them anew
   */
  assign(partitions: readonly AssignedPartition[], keep: boolean): void {
    if (this.#stopped) return;
    const wanted = new Map(partitions.map((each) => [partitionKey(each), each]));
    for (const [key, { revoke }] of this.#running) if (!keep || !wanted.has(key)) revoke.abort();
    for (const [key, partition] of wanted) {
      const current = this.#running.get(key);
      if (current !== undefined && !current.revoke.signal.aborted) continue;
      this.#start(key, partition, current?.done);
    }
  }

  /** Stops all loops and waits for them; partitions that are assigned later are not started. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { revoke } of this.#running.values()) revoke.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** A partition that is assigned again while its old loop still drains waits for that loop. */
  #start(key: string, partition: AssignedPartition, before: Promise<void> | undefined): void {
    const revoke = new AbortController();
    const done = (async () => {
      await before;
      if (!revoke.signal.aborted) await this.run(partition, revoke.signal);
      if (this.#running.get(key)?.revoke === revoke) this.#running.delete(key);
    })();
    this.#running.set(key, { revoke, done });
  }
}
