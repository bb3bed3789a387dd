import type { Millis } from '../core/clock.js';
import type { TactusError } from '../core/errors.js';
import { partitionKey } from '../core/partition-key.js';
import type { WorkerContext } from '../process/context.js';
import type { OpenPartition } from './open-partition.js';

const RETRY_MS: Millis = 1_000;

/**
 * What partitions have to commit whose outputs nobody takes at the moment. It stays as it is, to be tried again every
 * second, and they take no further step; the others go on.
 */
export class ParkedContents<T extends { readonly from: OpenPartition }> {
  readonly #parked = new Map<OpenPartition, T>();
  #triedAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(private readonly context: Pick<WorkerContext, 'clock' | 'health' | 'log'>) {}

  has(partition: OpenPartition): boolean {
    return this.#parked.has(partition);
  }

  park(content: T, error: TactusError): void {
    const { from } = content;
    const key = partitionKey(from);
    this.context.health.block(noteOf(from), `${key} waits to be committed: ${error.message}`);
    if (!this.#parked.has(from))
      this.context.log.warn({ error }, `${key} waits, the others go on: ${error.message}`);
    this.#parked.set(from, content);
    this.#triedAt = this.context.clock.now();
  }

  /** It is committed, or never will be. */
  remove(partition: OpenPartition): void {
    if (!this.#parked.delete(partition)) return;
    this.context.health.clear(noteOf(partition));
    this.context.log.info(`${partitionKey(partition)} waits no more`);
  }

  /** How long until they are to be tried again; infinite when there are none. */
  get dueIn(): Millis {
    if (this.#parked.size === 0) return Number.POSITIVE_INFINITY;
    const since = this.context.clock.now() - this.#triedAt;
    // The clock was set back.
    return since < 0 ? 0 : Math.max(0, RETRY_MS - since);
  }

  get all(): readonly T[] {
    return [...this.#parked.values()];
  }
}

function noteOf(partition: OpenPartition): string {
  return `outputs of ${partitionKey(partition)}`;
}
