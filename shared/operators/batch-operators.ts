import { map, type OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import type { Arrival } from '../windows/arrival.js';
import {
  type KeyedBatch,
  type LateEntry,
  NO_KEY,
  type OpenWindows,
  type RefusedEntry,
  type TimedBatch,
  type WindowedBatch,
} from '../windows/keyed-batch.js';
import type { Missed } from '../windows/pane-store.js';
import type { StreamTimeSnapshot } from '../windows/position.js';

/*
 * What all windowing has in the middle, whatever batches are made of: the stream time of each record, and
 * the windows that it is counted in.
 */

/**
 * Gives each record of a batch the stream time that it is counted at: how far event time has come with it.
 *
 * @param time goes on from batch to batch
 */
export function trackStreamTime<V, B extends KeyedBatch<V>>(
  time: StreamTime,
): OperatorFunction<B, TimedBatch<V, B>> {
  let spare = new Float64Array(0);
  return map((batch) => {
    const { length, advance } = batch;
    if (spare.length < length) spare = new Float64Array(length);
    const times = spare;
    time.observeAll(batch, times);
    if (advance?.by === 'idle') time.idle(advance.to);
    else if (advance !== null) time.observe(advance.to, advance.to);
    return { batch, times, time: time.time };
  });
}

/**
 * Event time of one partition: the highest timestamp seen, capped by the wall clock, never going
 * back. A definition's watermark is this less the definition's grace.
 *
 * The wall clock of a record is the time at which the broker took it in, not the time at which it
 * is read. Reading history again therefore moves the watermark exactly as living through it did.
 */
export class StreamTime {
  #highest: Millis;
  #time: Millis;

  constructor(saved?: StreamTimeSnapshot) {
    this.#highest = saved?.highest ?? Number.NEGATIVE_INFINITY;
    this.#time = saved?.time ?? Number.NEGATIVE_INFINITY;
  }

  /** A point with this timestamp arrived, by a wall clock that showed `wall`. */
  observe(timestamp: Millis, wall: Millis): void {
    if (timestamp > this.#highest) this.#highest = timestamp;
    this.#advance(Math.min(this.#highest, wall));
  }

  /**
   * Takes the records of a batch one after the other, and gives in `times` the stream time with each counted;
   * those that are replayed have been.
   */
  observeAll(batch: KeyedBatch<unknown>, times: Float64Array): void {
    const { length, replayed, keys, timestamps, takenIn, now } = batch;
    let highest = this.#highest;
    let time = this.#time;
    for (let i = 0; i < replayed; i++) times[i] = time;
    for (let i = replayed; i < length; i++) {
      if (keys[i] !== NO_KEY) {
        const timestamp = timestamps[i] as number;
        if (timestamp > highest) highest = timestamp;
        if (highest > time) {
          let to = takenIn === null ? now : (takenIn[i] as number);
          if (now < to) to = now;
          if (highest < to) to = highest;
          if (to > time) time = to;
        }
      }
      times[i] = time;
    }
    this.#highest = highest;
    this.#time = time;
  }

  /** The wall clock shows `wall` and nothing has arrived for the idle time-out. */
  idle(wall: Millis): void {
    // Before the first point there is no window to close, and history may still be loaded.
    if (this.#highest !== Number.NEGATIVE_INFINITY) this.#advance(wall);
  }

  /** -Infinity before the first point. */
  get time(): Millis {
    return this.#time;
  }

  snapshot(): StreamTimeSnapshot {
    return {
      highest: Number.isFinite(this.#highest) ? this.#highest : null,
      time: Number.isFinite(this.#time) ? this.#time : null,
    };
  }

  #advance(to: Millis): void {
    if (to > this.#time) this.#time = to;
  }
}

/**
 * Counts each record in its windows, and closes those that stream time has passed. Out: what closed, what
 * came too late and what there was no room for.
 *
 * @param windows the open windows, which go on from batch to batch
 */
export function aggregateWindows<V, C, B extends KeyedBatch<V>>(
  windows: OpenWindows<V, C>,
): OperatorFunction<TimedBatch<V, B>, WindowedBatch<B, C>> {
  const run = new WindowRun(windows);
  return map((batch) => run.take(batch));
}

/**
 * Puts batches into windows, and closes each as soon as a record's stream time passes its end: before
 * that record is counted, since panes are shared by windows that close at different times.
 */
class WindowRun<V, C> {
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
