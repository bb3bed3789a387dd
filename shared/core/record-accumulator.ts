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
  #batches: RecordBatch[] = [];
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
    const batch = joinBatches(this.#batches);
    if (batch.length === 0) {
      this.#batches = [];
      return batch;
    }
    const bytes = batch.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
    const count = this.flushPolicy({ batch, bytes, waitedMs: now - this.#since, now, caughtUp });
    if (count === 0) return null;
    this.#batches = count < batch.length ? [sliceBatch(batch, count, batch.length)] : [];
    this.#since = now;
    return sliceBatch(batch, 0, count);
  }
}
