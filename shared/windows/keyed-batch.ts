import type { LateCause } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import type { KindArrival } from './arrival.js';
import type { Missed } from './pane-store.js';

/** Stands for a record that is passed over, in {@link KeyedBatch.keys}. */
export const NO_KEY = -1;

/** Event time that goes on without a record. */
export interface Advance {
  /** `idle`: a clock shows `to` and nothing arrives; `watermark`: event time is known to be there. */
  readonly by: 'idle' | 'watermark';
  /** Stream time. */
  readonly to: Millis;
}

/** What the values of a batch mean; the arrays are as those of {@link KeyedBatch}. */
export interface KindColumns {
  /** GAUGE and so on, of each record. */
  readonly kinds: Uint8Array;
  /** When the counter of a record that is no gauge began; NaN where that is not known. */
  readonly starts: Float64Array;
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
  /** What the values mean; null where all are gauges. */
  readonly kinds: KindColumns | null;
  /** When each record was taken in, which its timestamp cannot be ahead of; null if that is not known. */
  readonly takenIn: Float64Array | null;
  /** No timestamp moves stream time further than this; -Infinity where timestamps do not move it. */
  readonly now: Millis;
  /** Only without records. */
  readonly advance: Advance | null;
}

/** Stream time goes on between records: to `time` behind the one before this index. */
export interface TimeStep {
  readonly index: number;
  readonly time: Millis;
}

/** A batch and how far it moves stream time. */
export interface TimedBatch<V, B extends KeyedBatch<V> = KeyedBatch<V>> {
  readonly batch: B;
  /** With each record counted. */
  readonly times: Float64Array;
  /** As `times`, if no source had been passed over for standing still; null where none was. */
  readonly withHeld: Float64Array | null;
  readonly steps: readonly TimeStep[];
  /** At the end of the batch. */
  readonly time: Millis;
}

/** A window that has no room for a key. */
export interface FullWindow {
  readonly name: string;
  /** Its own limit of keys, if it has one. */
  readonly maxSeries?: number | undefined;
  /** There is room, but not for the tenant of the record, which has so many keys in the window. */
  readonly tenantHas?: number;
}

/** The open windows of one stream; `C` is what it makes of the closed ones. */
export interface OpenWindows<V, C> {
  /** Stream time at which a window closes; infinite when none is open. */
  readonly closesAt: Millis;
  /** Closes what is due, before the record with this index is counted. */
  close(time: Millis, index: number): void;
  /**
   * Counts a record, and appends the closed windows that it has missed to `missed`.
   *
   * @returns a window without room for the key, or null
   */
  add(key: number, arrival: KindArrival<V>, missed: Missed[]): FullWindow | null;
  /** Counts a record again after a restart. */
  replay(key: number, arrival: KindArrival<V>): void;
  /** What has closed since the last call, in order. */
  takeClosed(): C;
}

/** A record that came after windows around it had closed. */
export interface LateEntry {
  /** In its batch. */
  readonly index: number;
  readonly missed: readonly Missed[];
  readonly cause: LateCause;
}

/** A record that a window had no room for. */
export interface RefusedEntry {
  /** In its batch. */
  readonly index: number;
  readonly window: FullWindow;
}

/** What came of a batch. */
export interface WindowedBatch<B, C> {
  readonly batch: B;
  /** As in {@link TimedBatch}. */
  readonly steps: readonly TimeStep[];
  readonly closed: C;
  readonly late: readonly LateEntry[];
  readonly refused: readonly RefusedEntry[];
}
