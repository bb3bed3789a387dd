import { partitionKey } from '../../../core/partition-key.js';
import type { AssignedPartition } from '../../../ports/log.js';
import { sleep } from '../../../process/wait.js';
import { leaderOf } from '../cluster-metadata.js';
import type { Brokers } from './brokers.js';

/** An election takes less, mostly. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 100;

/** Partitions that nobody leads for longer than an election takes: who writes to them waits in vain. */
export class Leaderless {
  /** Since when, by the monotonic clock. */
  readonly #since = new Map<string, number>();

  constructor(private readonly brokers: Pick<Brokers, 'cluster' | 'refresh'>) {}

  /** Which of these nobody leads. Waits for an election, once for each partition that comes to be without a leader. */
  async among(partitions: readonly AssignedPartition[]): Promise<ReadonlySet<string>> {
    for (;;) {
      const found = partitions.filter(
        (one) => leaderOf(this.brokers.cluster, one.topic, one.partition) === null,
      );
      const keys = new Set(found.map(partitionKey));
      for (const one of partitions) if (!keys.has(partitionKey(one))) this.#since.delete(partitionKey(one));
      if (keys.size === 0) return keys;
      const now = performance.now();
      for (const key of keys) if (!this.#since.has(key)) this.#since.set(key, now);
      const patient = [...keys].some((key) => now - (this.#since.get(key) ?? now) < PATIENCE_MS);
      if (!patient) {
        // To be known the next time.
        void this.brokers.refresh();
        return keys;
      }
      await this.brokers.refresh();
      await sleep(LOOK_EVERY_MS);
    }
  }
}
