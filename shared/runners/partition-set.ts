import type { AssignedPartition, GroupMember } from '../ports/log.js';

/** Processes one partition until `revoked` aborts; must not reject. */
export type RunPartition = (
  partition: AssignedPartition,
  member: GroupMember,
  revoked: AbortSignal,
) => Promise<void>;

interface Running {
  readonly revoke: AbortController;
  readonly done: Promise<void>;
}

/** The processing loops of the partitions that are currently assigned to this process. */
export class PartitionSet {
  readonly #running = new Map<string, Running>();

  constructor(private readonly run: RunPartition) {}

  /** Stops the loops of revoked partitions and starts those of new ones; the others go on. */
  assign(partitions: readonly AssignedPartition[], member: GroupMember): void {
    const wanted = new Map(partitions.map((each) => [`${each.topic}[${each.partition}]`, each]));
    for (const [key, { revoke }] of this.#running) if (!wanted.has(key)) revoke.abort();
    for (const [key, partition] of wanted) {
      const current = this.#running.get(key);
      if (current !== undefined && !current.revoke.signal.aborted) continue;
      this.#start(key, partition, member, current?.done);
    }
  }

  /** Stops all loops and waits for them. */
  async stop(): Promise<void> {
    for (const { revoke } of this.#running.values()) revoke.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** A partition that is assigned again while its old loop still drains waits for that loop. */
  #start(
    key: string,
    partition: AssignedPartition,
    member: GroupMember,
    before: Promise<void> | undefined,
  ): void {
    const revoke = new AbortController();
    const done = (async () => {
      await before;
      if (!revoke.signal.aborted) await this.run(partition, member, revoke.signal);
      if (this.#running.get(key)?.revoke === revoke) this.#running.delete(key);
    })();
    this.#running.set(key, { revoke, done });
  }
}
