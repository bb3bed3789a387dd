import { map, type OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import { type KeyedBatch, NO_KEY, type TimedBatch } from '../windows/keyed-batch.js';
import type { StreamTimeSnapshot } from '../windows/position.js';

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
