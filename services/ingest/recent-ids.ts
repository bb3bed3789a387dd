import type { Millis } from '../../shared/core/clock.js';

/** Which record was accepted for an id, and when it arrived. */
interface Accepted {
  readonly partition: number;
  readonly offset: number;
  readonly arrival: Millis;
  /** Known from reading the log again: whether it was let through then is not known. */
  readonly replayed: boolean;
}

/**
 * The ids that were accepted within the last `windowMs` of arrival time, shared by all partitions
 * that this process holds, so that a duplicate is also found when its producer wrote it to another
 * partition.
 *
 * An id belongs to the record that was accepted for it: the same record read again (after a
 * restart, or a commit that failed) is no duplicate of itself. Within a partition this is exact. A
 * record that was read again after a restart holds its id against its own partition only: it may
 * itself have been dropped in favour of a record in another partition whose output was not yet
 * committed, and a duplicate does less harm than a loss.
 *
 * Memory is bounded by `maxIds`; at the bound the oldest are forgotten early, and `evicted` counts
 * them.
 */
export class RecentIds {
  // Insertion order is order of arrival, up to the skew between partitions.
  readonly #accepted = new Map<string, Accepted>();
  evicted = 0;

  constructor(
    private readonly windowMs: Millis,
    private readonly maxIds: number,
  ) {}

  get size(): number {
    return this.#accepted.size;
  }

  /** True when the record is the first with this id within the window; it is remembered then. */
  accept(id: string, partition: number, offset: number, arrival: Millis, replayed = false): boolean {
    this.#expire(arrival);
    const before = this.#accepted.get(id);
    if (before !== undefined && arrival - before.arrival <= this.windowMs) {
      if (before.partition === partition) return before.offset === offset;
      if (replayed || !before.replayed) return false;
    }
    // Re-inserted at the end: a Map keeps the place of a key that is only overwritten.
    if (before !== undefined) this.#accepted.delete(id);
    this.#accepted.set(id, { partition, offset, arrival, replayed });
    return true;
  }

  #expire(now: Millis): void {
    for (const [id, { arrival }] of this.#accepted) {
      const tooMany = this.#accepted.size >= this.maxIds;
      if (arrival >= now - this.windowMs && !tooMany) return;
      if (arrival >= now - this.windowMs) this.evicted += 1;
      this.#accepted.delete(id);
    }
  }
}
