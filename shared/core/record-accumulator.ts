import type { Millis } from './clock.js';
import { joinBatches, sliceBatch } from './join-batches.js';
import type { RecordBatch } from './record-batch.js';

/** What a {@link FlushPolicy} knows about the accumulated records. */
export interface Accumulated {
  /** In offset order; may hold no record at all, only positions that have been passed. */
  readonly batch: RecordBatch;
  /** Total size of the buffers that hold the records. */
  readonly bytes: number;
  /** Age of the oldest record here. */
  readonly waitedMs: Millis;
  readonly now: Millis;
  /** The log holds no further record to read. */
  readonly caughtUp: boolean;
}

/** How many of the accumulated records, from the first on, to write as one batch now; 0 to wait for more. */
export type FlushPolicy = (accumulated: Accumulated) => number;

/**
 * Flushes when there are `maxRecords`, or `maxBytes` of them, or the oldest has waited for `lingerMs`;
 * never more than `maxRecords` at once.
 */
export function flushBySizeOrTime(limits: {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly lingerMs: Millis;
}): FlushPolicy {
  return ({ batch, bytes, waitedMs }) => {
    const due = batch.length >= limits.maxRecords || bytes >= limits.maxBytes || waitedMs >= limits.lingerMs;
    return due ? Math.min(batch.length, limits.maxRecords) : 0;
  };
}

/** Accumulates the fetched records of one partition into batches for writing. */
export class RecordAccumulator {
  /** As they came: a part of a join of parts would hold on to all that was ever given. */
  #batches: RecordBatch[] = [];
  /** Records of the first that were given already. */
  #given = 0;
  #since: Millis = 0;

  constructor(private readonly flushPolicy: FlushPolicy) {}

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  add(batch: RecordBatch, now: Millis): void {
    if (this.#batches.length === 0) this.#since = now;
    this.#batches.push(batch);
  }

  /**
   * The next batch that is due, or null. Positions without a record (transaction markers) are due at
   * once when no record is waiting.
   */
  drain(now: Millis, caughtUp: boolean): RecordBatch | null {
    if (this.#batches.length === 0) return null;
    const all = joinBatches(this.#batches);
    const from = this.#given;
    const batch = sliceBatch(all, from, all.length);
    if (batch.length === 0) {
      this.#clear();
      return batch;
    }
    const bytes = batch.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
    const count = this.flushPolicy({ batch, bytes, waitedMs: now - this.#since, now, caughtUp });
    if (count === 0) return null;
    if (count < batch.length) this.#pass(count);
    else this.#clear();
    this.#since = now;
    return sliceBatch(all, from, from + count);
  }

  #clear(): void {
    this.#batches = [];
    this.#given = 0;
  }

  /** Lets go of the batches whose records are all given. */
  #pass(count: number): void {
    this.#given += count;
    let whole = 0;
    for (const { length } of this.#batches) {
      if (length > this.#given) break;
      this.#given -= length;
      whole += 1;
    }
    // Not in place: what was joined reads through to them.
    this.#batches = this.#batches.slice(whole);
  }
}
