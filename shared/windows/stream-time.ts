import type { Millis } from '../core/clock.js';
import { type KeyedBatch, NO_KEY } from './keyed-batch.js';
import type { StreamTimeSnapshot } from './position.js';

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
    times.fill(this.#time, 0, batch.replayed);
    this.observeRange(batch, batch.replayed, batch.length, times);
  }

  /** As {@link observeAll}, for those from `from` up to `to`, exclusive. */
  observeRange(batch: KeyedBatch<unknown>, from: number, to: number, times: Float64Array): void {
    const { keys, timestamps, takenIn, now } = batch;
    let highest = this.#highest;
    let time = this.#time;
    for (let i = from; i < to; i++) {
      if (keys[i] !== NO_KEY) {
        const timestamp = timestamps[i] as number;
        if (timestamp > highest) highest = timestamp;
        if (highest > time) {
          let reached = takenIn === null ? now : (takenIn[i] as number);
          if (now < reached) reached = now;
          if (highest < reached) reached = highest;
          if (reached > time) time = reached;
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

  /** The highest timestamp seen; -Infinity before the first point. */
  get highest(): Millis {
    return this.#highest;
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
