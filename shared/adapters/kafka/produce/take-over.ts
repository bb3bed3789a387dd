import type { AssignedPartition } from '../../../ports/log.js';
import type { Logger } from '../../../process/logger.js';
import type { CommittedOffset } from '../protocol/offset-fetch.js';
import type { Brokers } from './brokers.js';
import { splitMark } from './commit-mark.js';
import { membersOf } from './group-members.js';
import type { StableOffsets } from './stable-offsets.js';
import { abortTransactionOf } from './transaction-session.js';

/** For an open transaction whose owner may be alive or not: one that is alive ends it sooner. */
const PATIENCE_MS = 2_000;
/** How often it is looked whose transaction holds an offset. */
const LOOK_MS = 1_000;
const ABORT_MS = 10_000;
const CONCURRENCY = 16;

/** Reads the committed offsets of partitions whose earlier owners may have a transaction open. */
export class TakeOver {
  /** Ids of the build before that were initialised already: it cannot run beside this one. */
  readonly #initialised = new Set<string>();

  constructor(
    private readonly brokers: Brokers,
    private readonly offsets: StableOffsets,
    private readonly groupId: string,
    private readonly log: Logger,
  ) {}

  /** @param own the transactional id of this process, which is not to be initialised */
  async read(
    partitions: readonly AssignedPartition[],
    own: () => string,
    signal: AbortSignal,
  ): Promise<readonly CommittedOffset[]> {
    await this.#endOldTransactions(partitions);
    const began = performance.now();
    const adopted = new Set<string>();
    let lookedAt = Number.NEGATIVE_INFINITY;
    return await this.offsets.stable(partitions, {
      signal,
      onBlocked: async (blocked) => {
        const now = performance.now();
        if (now - began < PATIENCE_MS || now - lookedAt < LOOK_MS) return;
        lookedAt = now;
        const isMember = await membersOf(this.brokers, this.groupId);
        for (const { metadata } of await this.offsets.now(blocked)) {
          const id = splitMark(metadata).mark?.transactionalId;
          if (id === undefined || id === own() || adopted.has(id) || isMember(id)) continue;
          adopted.add(id);
          this.log.warn({ transactionalId: id }, 'aborting the transaction that an earlier owner left open');
          await abortTransactionOf(id, this.brokers, ABORT_MS);
        }
      },
    });
  }

  /**
   * The build before had a transactional id for each partition, and committed offsets without a mark: what it
   * left open is aborted, and an owner that is still at work is fenced.
   */
  async #endOldTransactions(partitions: readonly AssignedPartition[]): Promise<void> {
    const old = (await this.offsets.now(partitions))
      .filter(({ metadata }) => splitMark(metadata).mark === null)
      .map(({ topic, partition }) => `${this.groupId}-${topic}-${partition}`)
      .filter((id) => !this.#initialised.has(id));
    const lane = async () => {
      for (let id = old.pop(); id !== undefined; id = old.pop()) {
        await abortTransactionOf(id, this.brokers, ABORT_MS);
        this.#initialised.add(id);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  }
}
