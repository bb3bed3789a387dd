import type { Millis } from '../../shared/core/clock.js';
import { HEADER_BYTES } from '../../shared/wire/confluent-header.js';
import { type Limits, MAX_NAME_LENGTH } from './policy.js';
import { TextHash } from './text-hash.js';

const TWO_28 = 2 ** 28;
const BAR = 0x7c;
const UNDERSCORE = 0x5f;

/**
 * Reads a MetricPoint of the current layout in place, without making an object or a string of
 * it; see {@link PointView} in shared/windows for the encoding.
 *
 * It accepts only what is plainly right: printable ASCII in every text, one block of tags, all
 * limits kept. Anything else is for the decoder and the policy, who also find the words for a
 * refusal. A test compares the two.
 */
export class PointInPlace {
  tenantStart = 0;
  tenantEnd = 0;
  metricStart = 0;
  metricEnd = 0;
  /** Hash of tenant and id. */
  idLow = 0;
  idHigh = 0;
  /** Hash of tenant, metric and tags, whatever the order of the tags. */
  seriesLow = 0;
  seriesHigh = 0;
  readonly #hash = new TextHash();
  #bytes: Buffer = Buffer.alloc(0);
  #doubles: DataView = new DataView(new ArrayBuffer(8));
  #at = 0;
  #end = 0;
  #textStart = 0;
  #textEnd = 0;

  constructor(private readonly limits: Limits) {}

  /** The bytes that the following values are in. */
  use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#doubles = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Reads the value of `length` bytes at `start`, which must be of the current layout.
   *
   * @returns false when the decoder has to look at it
   */
  read(start: number, length: number, arrival: Millis): boolean {
    if (length > this.limits.maxValueBytes) return false;
    const hash = this.#hash;
    this.#at = start + HEADER_BYTES;
    this.#end = start + length;
    hash.plain = true;
    hash.begin();
    if (!this.#text(1)) return false;
    this.tenantStart = this.#textStart;
    this.tenantEnd = this.#textEnd;
    for (let i = this.tenantStart; i < this.tenantEnd; i++) if (this.#bytes[i] === BAR) return false;
    hash.add(this.#bytes, this.tenantStart, this.tenantEnd);
    const { low, high } = hash;

    if (!this.#text(1)) return false;
    this.metricStart = this.#textStart;
    this.metricEnd = this.#textEnd;
    hash.add(this.#bytes, this.metricStart, this.metricEnd);
    hash.finish();
    this.seriesLow = hash.low;
    this.seriesHigh = hash.high;
    if (!this.#tags() || !this.#figures(arrival)) return false;

    if (!this.#text(1)) return false;
    hash.begin(low, high);
    hash.add(this.#bytes, this.#textStart, this.#textEnd);
    hash.finish();
    this.idLow = hash.low;
    this.idHigh = hash.high;
    return this.#optional() && this.#optional() && this.#at === this.#end && hash.plain;
  }

  /** One block of up to 63 tags, as every writer makes it, or none. */
  #tags(): boolean {
    const hash = this.#hash;
    const count = this.#bytes[this.#at++] as number;
    if (count === 0) return true;
    if (count >= 0x80 || (count & 1) === 1 || count >>> 1 > this.limits.maxTags) return false;
    for (let left = count >>> 1; left > 0; left--) {
      hash.begin();
      if (!this.#text(1) || this.#isDunder()) return false;
      hash.add(this.#bytes, this.#textStart, this.#textEnd);
      if (!this.#text(0)) return false;
      hash.add(this.#bytes, this.#textStart, this.#textEnd);
      hash.finish();
      // A sum does not depend on the order.
      this.seriesLow = (this.seriesLow + hash.low) | 0;
      this.seriesHigh = (this.seriesHigh + hash.high) | 0;
    }
    return this.#bytes[this.#at++] === 0;
  }

  /** The decoder refuses `__proto__` as a name, and is asked about everything that begins as it does. */
  #isDunder(): boolean {
    const start = this.#textStart;
    return this.#bytes[start] === UNDERSCORE && this.#bytes[start + 1] === UNDERSCORE;
  }

  #figures(arrival: Millis): boolean {
    const time = this.#long();
    const { maxAgeMs, maxFutureMs } = this.limits;
    // Written so that NaN is refused.
    if (!(time >= arrival - maxAgeMs && time <= arrival + maxFutureMs) || this.#at + 8 > this.#end)
      return false;
    const value = this.#doubles.getFloat64(this.#at, true);
    this.#at += 8;
    return Number.isFinite(value);
  }

  /** A union of null and a text. */
  #optional(): boolean {
    const branch = this.#bytes[this.#at++];
    if (branch === 0) return true;
    if (branch !== 2 || !this.#text(0)) return false;
    this.#hash.add(this.#bytes, this.#textStart, this.#textEnd);
    return true;
  }

  /** Finds a text of `least` to 256 bytes; as ASCII it has as many characters. */
  #text(least: number): boolean {
    const bytes = this.#bytes;
    let length = bytes[this.#at++] as number;
    if (length >= 0x80) {
      const second = bytes[this.#at++] as number;
      if (second >= 0x80) return false;
      length = (length & 0x7f) | (second << 7);
    }
    if ((length & 1) === 1) return false;
    length >>>= 1;
    this.#textStart = this.#at;
    this.#at += length;
    this.#textEnd = this.#at;
    return length >= least && length <= MAX_NAME_LENGTH && this.#at <= this.#end;
  }

  /** A zigzag long up to 2^53; NaN for a larger one. */
  #long(): number {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.#at++] as number;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    }
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.#at++] as number;
      high |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (high >= 2 ** 25) return Number.NaN;
        const zigzag = high * TWO_28 + low;
        return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      }
    }
    return Number.NaN;
  }
}
