import type { MetricKind } from '../../schemas/types.js';
import { afterLength, lengthAt, VarintReader } from '../core/varint.js';
import { HEADER_BYTES, type InPlace } from './confluent-header.js';
import { copyRecordKey } from './series.js';

/*
 * MetricPoint in Confluent wire format, fields in the order of its schema: tenantId, metric and tags (one
 * run of bytes, which is the identity of the series), timestamp, value, id, unit, source, kind,
 * startTimestamp. Of gauges windows need only what is in front: hence `read`, `readKind` and `readRest`. The first version of the
 * schema ended with the source; its points are gauges.
 *
 * Avro binary encoding (Avro specification 1.11): a string is a length and its bytes; a map is blocks of
 * a count and entries up to a count of 0; lengths, counts and a long are varints; a double is 8 bytes
 * little-endian; a union is the number of its branch and the value.
 */

/**
 * The largest size of a point's value that is let in. Its square is still a number, with room for the sum of some hundred
 * million of them: sums, squares and their sums stay finite in windows, roll-ups and detectors, whoever sends what.
 */
export const LARGEST_VALUE = 1e150;

/** True for a finite number of at most {@link LARGEST_VALUE} in size. */
export function isAllowedValue(value: number): boolean {
  return value >= -LARGEST_VALUE && value <= LARGEST_VALUE;
}

/** As many tags, or more, are left to the decoder, as is a map in several blocks, which no known writer makes. */
const MAX_TAGS = 64;
/** Numbers in {@link MetricPointReader.tagPlaces} per tag; the constants below say which. */
export const TAG_PLACES = 4;
export const NAME_START = 0;
export const NAME_END = 1;
export const TEXT_START = 2;
export const TEXT_END = 3;

/** Numbers of the branches of a union of null and something, as varints. */
const NULL_BRANCH = 0;
const OTHER_BRANCH = 2;

/** The symbols of `kind` in the order of the schema. */
export const KINDS: readonly MetricKind[] = ['gauge', 'delta', 'cumulative', 'member'];
export type KindNumber = 0 | 1 | 2 | 3;
/** Their numbers. */
export const GAUGE = 0;
export const DELTA = 1;
export const CUMULATIVE = 2;
export const MEMBER = 3;

/** Numbers of fields: of the schema's first version, and of today's. */
const FIRST_FIELDS = 8;
const ALL_FIELDS = 10;
const LAYOUTS: readonly number[] = [FIRST_FIELDS, ALL_FIELDS];
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Reads MetricPoints in place, one at a time: its fields are what was read last, texts as the places of
 * their bytes. A value that is laid out in a legal but unusual way, or truncated, is not read: then the full
 * decoder has the last word.
 */
export class MetricPointReader implements InPlace {
  readonly layouts: readonly number[] = LAYOUTS;
  fields = ALL_FIELDS;
  /** The series' identity: bytes from `seriesStart` to `seriesEnd`. */
  seriesStart = 0;
  seriesEnd = 0;
  tenantStart = 0;
  tenantEnd = 0;
  metricStart = 0;
  metricEnd = 0;
  tagCount = 0;
  /** Tag `i` has the places of its name and its text in `tagPlaces[i * TAG_PLACES + …]`. */
  readonly tagPlaces = new Int32Array(MAX_TAGS * TAG_PLACES);
  timestamp = 0;
  value = 0;
  idStart = 0;
  idEnd = 0;
  unitStart = 0;
  /** -1 for null. */
  unitEnd = -1;
  sourceStart = 0;
  /** -1 for null. */
  sourceEnd = -1;
  /** {@link GAUGE} and so on. */
  kind: KindNumber = GAUGE;
  /** NaN for null. */
  startTimestamp = Number.NaN;
  /** Over the bytes in use. An unaligned read through it is one instruction. */
  words: DataView = new DataView(new ArrayBuffer(8));
  #bytes: Buffer = NOTHING;
  readonly #varints = new VarintReader();
  #end = 0;
  #restStart = 0;

  /** The bytes that the following reads are in. */
  use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#varints.bytes = bytes;
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Reads series, time and value of the MetricPoint of `length` bytes at `start`, which must have as many
   * {@link fields} as are set.
   */
  read(start: number, length: number): boolean {
    const bytes = this.#bytes;
    const end = start + length;
    this.seriesStart = start + HEADER_BYTES;
    const tenantLength = lengthAt(bytes, this.seriesStart);
    this.tenantStart = afterLength(this.seriesStart, tenantLength);
    this.tenantEnd = this.tenantStart + tenantLength;
    if (tenantLength < 0 || this.tenantEnd >= end) return false;
    const metricLength = lengthAt(bytes, this.tenantEnd);
    this.metricStart = afterLength(this.tenantEnd, metricLength);
    this.metricEnd = this.metricStart + metricLength;
    if (metricLength < 0 || this.metricEnd >= end) return false;
    const tagsEnd = this.#readTags(this.metricEnd, end);
    return tagsEnd >= 0 && this.#readFigures(tagsEnd, end);
  }

  /** As {@link read}, of a value whose series is known to have `seriesLength` bytes: its texts are not read. */
  readKnown(start: number, length: number, seriesLength: number): boolean {
    this.seriesStart = start + HEADER_BYTES;
    return this.#readFigures(this.seriesStart + seriesLength, start + length);
  }

  /**
   * Reads kind and start of the value that was read last. Of a gauge, as most are, this is a look at its last three bytes: 0 for
   * the kind, 0 for no start, and no varint that goes on into the former.
   */
  readKind(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    if (
      this.fields === FIRST_FIELDS ||
      (bytes[end - 1] === 0 && bytes[end - 2] === 0 && (bytes[end - 3] as number) < 0x80)
    ) {
      this.kind = GAUGE;
      return true;
    }
    return this.readRest();
  }

  /** Reads all behind the value of what was read last, which must be all that is left of it. */
  readRest(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    const idLength = lengthAt(bytes, this.#restStart);
    this.idStart = afterLength(this.#restStart, idLength);
    this.idEnd = this.idStart + idLength;
    if (idLength < 0 || this.idEnd >= end) return false;
    let at = this.idEnd;
    const unit = bytes[at++];
    this.unitEnd = -1;
    if (unit === OTHER_BRANCH) {
      const unitLength = lengthAt(bytes, at);
      this.unitStart = afterLength(at, unitLength);
      this.unitEnd = this.unitStart + unitLength;
      if (unitLength < 0 || this.unitEnd >= end) return false;
      at = this.unitEnd;
    } else if (unit !== NULL_BRANCH) return false;
    const source = bytes[at++];
    this.sourceEnd = -1;
    if (source === OTHER_BRANCH) {
      const sourceLength = lengthAt(bytes, at);
      this.sourceStart = afterLength(at, sourceLength);
      this.sourceEnd = this.sourceStart + sourceLength;
      if (sourceLength < 0) return false;
      at = this.sourceEnd;
    } else if (source !== NULL_BRANCH) return false;
    return this.#readEnd(at, end);
  }

  /**
   * Writes the record key of the point that was read last, and up to `KEY_SLACK` bytes more.
   *
   * @returns the place behind the key
   */
  copyKey(to: DataView, at: number): number {
    const { words, tenantStart, tenantEnd, metricStart, metricEnd } = this;
    return copyRecordKey(words, tenantStart, tenantEnd, metricStart, metricEnd, to, at);
  }

  /** @returns the place behind the tags, or -1 */
  #readTags(start: number, end: number): number {
    const bytes = this.#bytes;
    const count = bytes[start] as number;
    this.tagCount = count >>> 1;
    let at = start + 1;
    if (count === 0) return at;
    if (count >= 2 * MAX_TAGS || (count & 1) === 1) return -1;
    const places = this.tagPlaces;
    for (let i = 0; i < count; i++) {
      const length = lengthAt(bytes, at);
      const textStart = afterLength(at, length);
      at = textStart + length;
      if (length < 0 || at >= end) return -1;
      places[i * 2] = textStart;
      places[i * 2 + 1] = at;
    }
    return bytes[at] === 0 ? at + 1 : -1;
  }

  /** Reads kind and start from `at`; the value must end behind them. */
  #readEnd(at: number, end: number): boolean {
    this.kind = GAUGE;
    this.startTimestamp = Number.NaN;
    if (this.fields === FIRST_FIELDS) return at === end;
    if (at + 2 > end) return false;
    const bytes = this.#bytes;
    const symbol = bytes[at] as number;
    if ((symbol & 1) === 1 || symbol > 2 * MEMBER) return false;
    this.kind = (symbol >>> 1) as KindNumber;
    const branch = bytes[at + 1];
    if (branch === NULL_BRANCH) return at + 2 === end;
    if (branch !== OTHER_BRANCH) return false;
    const varints = this.#varints;
    varints.at = at + 2;
    const start = varints.nextLong();
    this.startTimestamp = start;
    return Number.isSafeInteger(start) && varints.at === end;
  }

  #readFigures(seriesEnd: number, end: number): boolean {
    this.seriesEnd = seriesEnd;
    this.#end = end;
    const varints = this.#varints;
    varints.at = seriesEnd;
    const timestamp = varints.nextLong();
    const { at } = varints;
    if (!Number.isSafeInteger(timestamp) || at + 8 > end) return false;
    this.timestamp = timestamp;
    this.value = this.words.getFloat64(at, true);
    this.#restStart = at + 8;
    return true;
  }
}
