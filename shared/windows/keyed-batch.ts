import type { Millis } from '../core/clock.js';

/** Stands for a record that is passed over, in {@link KeyedBatch.keys}. */
export const NO_KEY = -1;

/** Event time that goes on without a record. */
export interface Advance {
  /** `idle`: a clock shows `to` and nothing arrives; `watermark`: event time is known to be there. */
  readonly by: 'idle' | 'watermark';
  /** Stream time. */
  readonly to: Millis;
}

/**
 * Timed records of one batch in columns, so that hot loops make no object for a record. The arrays
 * may be longer than `length`, and are used again for the next batch.
 */
export interface KeyedBatch<V> {
  readonly length: number;
  /** So many at the front only rebuild state: what followed from them is in the log already. */
  readonly replayed: number;
  /** The number of each record's key, or {@link NO_KEY}. */
  readonly keys: Int32Array;
  readonly values: ArrayLike<V>;
  /** Event time of each record. */
  readonly timestamps: Float64Array;
  readonly offsets: Float64Array;
  /** When each record was taken in, which its timestamp cannot be ahead of; null if that is not known. */
  readonly takenIn: Float64Array | null;
  /** No timestamp moves stream time further than this; -Infinity where timestamps do not move it. */
  readonly now: Millis;
  /** Only without records. */
  readonly advance: Advance | null;
}

/** A batch and how far it moves stream time. */
export interface TimedBatch<V, B extends KeyedBatch<V> = KeyedBatch<V>> {
  readonly batch: B;
  /** With each record counted. */
  readonly times: Float64Array;
  /** At the end of the batch. */
  readonly time: Millis;
}
