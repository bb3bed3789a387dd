import type { Millis } from './clock.js';
import { joinBatches, sliceBatch } from './join-batches.js';
import type { RecordBatch } from './record-batch.js';

/** What a rule for cutting knows of the records that were collected. */
export interface Collected {
  /** Those in hand, in order; may hold no record at all, only positions that went by. */
  readonly batch: RecordBatch;
  /** Bytes of the buffers that they are in. */
  readonly bytes: number;
  /** How long the first of them has been in hand. */
  readonly waitedMs: Millis;
  readonly now: Millis;
  /** Nothing is left to read behind them. */
  readonly caughtUp: boolean;
}

/** Says how many of the collected records, from the first on, are written together; 0 to wait for more. */
export type Cut = (collected: Collected) => number;

/**
 * Writes records together when there are `maxRecords`, or `maxBytes` of them, or the first has waited for
 * `lingerMs`; never more than `maxRecords` at once.
 */
export function cutBySizeAndTime(limits: {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly lingerMs: Millis;
}): Cut {
  return ({ batch, bytes, waitedMs }) => {
    const due = batch.length >= limits.maxRecords || bytes >= limits.maxBytes || waitedMs >= limits.lingerMs;
    return due ? Math.min(batch.length, limits.maxRecords) : 0;
  };
}

/** The records of one partition between being read and being written. */
export class Collector {
  #batches: RecordBatch[] = [];
  #since: Millis = 0;

  constructor(private readonly cut: Cut) {}

  /** True when nothing is in hand. */
  get empty(): boolean {
    return this.#batches.length === 0;
  }

  add(batch: RecordBatch, now: Millis): void {
    if (this.#batches.length === 0) this.#since = now;
    this.#batches.push(batch);
  }

  /**
   * The next records that are due, or null. Positions without a record (of transactions' markers) are
   * due at once when no record is in hand.
   */
  next(now: Millis, caughtUp: boolean): RecordBatch | null {
    if (this.#batches.length === 0) return null;
    const batch = joinBatches(this.#batches);
    if (batch.length === 0) {
      this.#batches = [];
      return batch;
    }
    const bytes = batch.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
    const count = this.cut({ batch, bytes, waitedMs: now - this.#since, now, caughtUp });
    if (count === 0) return null;
    this.#batches = count < batch.length ? [sliceBatch(batch, count, batch.length)] : [];
    this.#since = now;
    return sliceBatch(batch, 0, count);
  }
}
