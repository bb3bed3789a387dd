import { type Limits, MAX_NAME_LENGTH } from '../../shared/admission/policy.js';
import type { Millis } from '../../shared/core/clock.js';
import {
  isAllowedValue,
  MetricPointReader,
  NAME_END,
  NAME_START,
  TAG_PLACES,
  TEXT_END,
  TEXT_START,
} from '../../shared/wire/metric-point-reader.js';
import { KEY_SEPARATOR } from '../../shared/wire/series.js';
import { TextHash } from './hash-table.js';

const SEPARATOR = KEY_SEPARATOR.charCodeAt(0);
const UNDERSCORE = '_'.charCodeAt(0);

/**
 * Checks a MetricPoint in place, without making an object or a string of it.
 *
 * It accepts only what is plainly right: printable ASCII in every text, one block of tags, all
 * limits kept. Anything else is for the decoder and the policy, who also find the words for a
 * refusal. A test compares the two.
 */
export class PointInPlace {
  readonly point = new MetricPointReader();
  /** A hash of the tenant. */
  tenant = 0;
  /** Hash of tenant and id. */
  idLow = 0;
  idHigh = 0;
  /** Hash of tenant, metric and tags, whatever the order of the tags. */
  seriesLow = 0;
  seriesHigh = 0;
  readonly #hash = new TextHash();
  #bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly limits: Limits) {}

  /** The bytes that the following values are in. */
  use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.point.use(bytes);
  }

  /**
   * Reads the value of `length` bytes at `start`, which must have as many fields as are set in `point`.
   *
   * @returns false when the decoder has to look at it
   */
  read(start: number, length: number, arrival: Millis): boolean {
    const { point, limits } = this;
    if (length > limits.maxValueBytes || !point.read(start, length) || !point.readRest()) return false;
    if (point.tagCount > limits.maxTags || !this.#figuresAreRight(arrival)) return false;
    const hash = this.#hash;
    hash.plain = true;
    hash.begin();
    for (let i = point.tenantStart; i < point.tenantEnd; i++) if (this.#bytes[i] === SEPARATOR) return false;
    if (!this.#add(1, point.tenantStart, point.tenantEnd)) return false;
    const { low, high } = hash;
    this.tenant = low;
    if (!this.#add(1, point.metricStart, point.metricEnd)) return false;
    hash.finish();
    this.seriesLow = hash.low;
    this.seriesHigh = hash.high;
    if (!this.#addTags()) return false;
    hash.begin(low, high);
    if (!this.#add(1, point.idStart, point.idEnd)) return false;
    hash.finish();
    this.idLow = hash.low;
    this.idHigh = hash.high;
    // Hashed for the look at their bytes alone.
    if (point.unitEnd >= 0 && !this.#add(0, point.unitStart, point.unitEnd)) return false;
    if (point.sourceEnd >= 0 && !this.#add(0, point.sourceStart, point.sourceEnd)) return false;
    return hash.plain;
  }

  #figuresAreRight(arrival: Millis): boolean {
    const { timestamp, value, startTimestamp } = this.point;
    const { maxAgeMs, maxFutureMs } = this.limits;
    // NaN where there is no start, which is beyond nothing.
    if (startTimestamp < 0 || startTimestamp > timestamp) return false;
    return timestamp >= arrival - maxAgeMs && timestamp <= arrival + maxFutureMs && isAllowedValue(value);
  }

  #addTags(): boolean {
    const hash = this.#hash;
    const { tagCount, tagPlaces } = this.point;
    for (let place = 0; place < tagCount * TAG_PLACES; place += TAG_PLACES) {
      const nameStart = tagPlaces[place + NAME_START] as number;
      if (this.#isDunder(nameStart)) return false;
      hash.begin();
      if (!this.#add(1, nameStart, tagPlaces[place + NAME_END] as number)) return false;
      if (!this.#add(0, tagPlaces[place + TEXT_START] as number, tagPlaces[place + TEXT_END] as number))
        return false;
      hash.finish();
      // A sum does not depend on the order.
      this.seriesLow = (this.seriesLow + hash.low) | 0;
      this.seriesHigh = (this.seriesHigh + hash.high) | 0;
    }
    return true;
  }

  /** The decoder refuses `__proto__` as a name, and is asked about everything that begins as it does. */
  #isDunder(start: number): boolean {
    return this.#bytes[start] === UNDERSCORE && this.#bytes[start + 1] === UNDERSCORE;
  }

  /** Hashes a text of `least` to 256 bytes; as ASCII it has as many characters. */
  #add(least: number, start: number, end: number): boolean {
    const length = end - start;
    if (length < least || length > MAX_NAME_LENGTH) return false;
    this.#hash.add(this.#bytes, start, end);
    return true;
  }
}
