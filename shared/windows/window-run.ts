import type { Millis } from '../core/clock.js';
import type { Arrival } from './arrival.js';
import { type KeyedBatch, NO_KEY, type TimedBatch } from './keyed-batch.js';
import type { Missed } from './pane-store.js';

/** A window that has no room for a key. */
export interface FullWindow {
  readonly name: string;
  /** Its own limit of keys, if it has one. */
  readonly maxSeries?: number;
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
  add(key: number, arrival: Arrival<V>, missed: Missed[]): FullWindow | null;
  /** Counts a record again after a restart. */
  replay(key: number, arrival: Arrival<V>): void;
  /** What has closed since the last call, in order. */
  takeClosed(): C;
}

/** A record that came after windows around it had closed. */
export interface LateEntry {
  /** In its batch. */
  readonly index: number;
  readonly missed: readonly Missed[];
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
  readonly closed: C;
  readonly late: readonly LateEntry[];
  readonly refused: readonly RefusedEntry[];
}

/**
 * Puts batches into windows, and closes each as soon as a record's stream time passes its end: before
 * that record is counted, since panes are shared by windows that close at different times.
 */
export class WindowRun<V, C> {
  #arrival: Arrival<V> | null = null;

  constructor(private readonly windows: OpenWindows<V, C>) {}

  take<B extends KeyedBatch<V>>({ batch, times, time }: TimedBatch<V, B>): WindowedBatch<B, C> {
    const { windows } = this;
    const { length, replayed, keys, values, timestamps, offsets } = batch;
    // Made of the first value, so that the engine sees numbers in it where values are numbers.
    this.#arrival ??= length === 0 ? null : { value: values[0] as V, at: 0, offset: 0, time: 0 };
    const arrival = this.#arrival as Arrival<V>;
    const late: LateEntry[] = [];
    const refused: RefusedEntry[] = [];
    let missed: Missed[] = [];
    for (let i = 0; i < length; i++) {
      const key = keys[i] as number;
      if (key === NO_KEY) continue;
      arrival.value = values[i] as V;
      arrival.at = timestamps[i] as number;
      arrival.offset = offsets[i] as number;
      arrival.time = times[i] as number;
      if (i < replayed) {
        windows.replay(key, arrival);
        continue;
      }
      if (arrival.time >= windows.closesAt) windows.close(arrival.time, i);
      const window = windows.add(key, arrival, missed);
      if (window !== null) refused.push({ index: i, window });
      if (missed.length === 0) continue;
      late.push({ index: i, missed });
      missed = [];
    }
    if (batch.advance !== null && time >= windows.closesAt) windows.close(time, length);
    return { batch, closed: windows.takeClosed(), late, refused };
  }
}
