import type { Millis } from '../../../shared/core/clock.js';
import type { SeriesEntry } from './series-entry.js';

/** So many points are gathered before they go on. */
export const MAX_POINTS = 4_096;
/** Bytes that an id may have behind what its series gives: two times in nanoseconds, or a time and a random text. */
export const MAX_TAIL = 64;

/** Flags of a point. */
export const SAME_ITEM = 1;
export const HISTOGRAM = 2;
/** Its id is in `ids`. */
export const GIVEN_ID = 4;
/** The sender gave it that id: of several with the same in a request the first that is let in counts. */
export const COUNTS_ONCE = 8;

const ZERO = 0x30;
const MINUS = 0x2d;
const GROUP = 6;
const GROUP_FACTOR = 1e6;

/**
 * Points of one request in columns: what a decoder writes, and the writer of records reads. Nothing of it belongs to one
 * point alone: no object, and no text but for the end of its id. One object serves all requests, one after the other.
 *
 * The id of a point is `series.idStart` and then its tail, by which it differs from the other points of its series; or it is
 * given.
 */
export class PointColumns {
  length = 0;
  readonly series: SeriesEntry[] = new Array(MAX_POINTS);
  readonly timestamp = new Float64Array(MAX_POINTS);
  readonly value = new Float64Array(MAX_POINTS);
  /** NaN for null. */
  readonly startTimestamp = new Float64Array(MAX_POINTS);
  /** Place in the request of what it was made of, for answers. */
  readonly item = new Int32Array(MAX_POINTS);
  /** {@link SAME_ITEM}: of the same item as the point before it. {@link HISTOGRAM}: of a histogram, for answers. And those of ids. */
  readonly flags = new Uint8Array(MAX_POINTS);
  /** Of points with {@link GIVEN_ID}; else left over. */
  readonly ids: string[] = new Array(MAX_POINTS);
  /** Tails of ids, as ASCII; that of point `i` is from `tailStart[i]` to `tailEnd[i]`. */
  readonly tails: Buffer = Buffer.alloc((MAX_POINTS + 1) * MAX_TAIL);
  readonly tailStart = new Int32Array(MAX_POINTS);
  readonly tailEnd = new Int32Array(MAX_POINTS);
  /** The tail that the next points get. */
  #tailFrom = 0;
  #tailTo = 0;
  #take: (columns: PointColumns) => void = () => {};

  /**
   * Begins a request.
   *
   * @param take is called with columns that are full, and for the rest by `flush`
   */
  begin(take: (columns: PointColumns) => void): void {
    this.#take = take;
    this.#clear();
  }

  /** Adds a point; its id ends with the tail that was set last. */
  add(
    series: SeriesEntry,
    timestamp: Millis,
    value: number,
    startTimestamp: Millis,
    item: number,
    flags: number,
  ): void {
    if (this.length === MAX_POINTS) this.flush();
    const i = this.length++;
    this.series[i] = series;
    this.timestamp[i] = timestamp;
    this.value[i] = value;
    this.startTimestamp[i] = startTimestamp;
    this.item[i] = item;
    this.flags[i] = flags;
    this.tailStart[i] = this.#tailFrom;
    this.tailEnd[i] = this.#tailTo;
  }

  /** As {@link add}, of a point that comes with an id. */
  addGiven(
    series: SeriesEntry,
    timestamp: Millis,
    value: number,
    item: number,
    id: string,
    countsOnce: boolean,
  ): void {
    this.add(series, timestamp, value, Number.NaN, item, countsOnce ? GIVEN_ID | COUNTS_ONCE : GIVEN_ID);
    this.ids[this.length - 1] = id;
  }

  /** Passes on what there is. */
  flush(): void {
    if (this.length === 0) return;
    this.#take(this);
    this.#clear();
  }

  /** Begins a tail, which the points get that are added from now on. */
  startTail(): void {
    const last = this.length - 1;
    const used = last >= 0 && this.tailStart[last] === this.#tailFrom && this.tailEnd[last] === this.#tailTo;
    if (used) this.#tailFrom = this.#tailTo;
    else this.#tailTo = this.#tailFrom;
  }

  /** Appends a whole number within 2^53 - 1 in decimal to the tail. */
  appendNumber(number: number): void {
    const { tails } = this;
    let left = number;
    if (left < 0) {
      tails[this.#tailTo++] = MINUS;
      left = -left;
    }
    let digits = 1;
    for (let bound = 10; left >= bound; bound *= 10) digits += 1;
    this.#appendDigits(left, digits);
  }

  /** Appends nanoseconds in decimal, given as milliseconds and what is left of them. */
  appendNanos(ms: Millis, rest: number): void {
    if (ms > 0) {
      this.appendNumber(ms);
      this.#appendDigits(rest, GROUP);
    } else this.appendNumber(rest);
  }

  /** Appends ASCII bytes, which together with the rest of the tail are at most {@link MAX_TAIL}. */
  appendBytes(bytes: Uint8Array, start: number, end: number): void {
    const { tails } = this;
    for (let at = start; at < end; at++) tails[this.#tailTo++] = bytes[at] as number;
  }

  /** By groups of six, since division of 32-bit numbers is several times faster. */
  #appendDigits(number: number, digits: number): void {
    let left = number;
    let at = this.#tailTo + digits;
    this.#tailTo = at;
    for (; at > this.#tailTo - digits + GROUP; at -= GROUP) {
      const high = Math.floor(left / GROUP_FACTOR);
      this.#putDigits((left - high * GROUP_FACTOR) | 0, at, GROUP);
      left = high;
    }
    this.#putDigits(left | 0, at, at - this.#tailTo + digits);
  }

  #putDigits(number: number, end: number, count: number): void {
    const { tails } = this;
    let left = number;
    for (let at = end - 1; at >= end - count; at--) {
      const rest = (left / 10) | 0;
      tails[at] = ZERO + left - rest * 10;
      left = rest;
    }
  }

  #clear(): void {
    this.length = 0;
    // The tail goes on.
    this.tails.copyWithin(0, this.#tailFrom, this.#tailTo);
    this.#tailTo -= this.#tailFrom;
    this.#tailFrom = 0;
  }
}
