import { HEADER_BYTES } from './confluent-header.js';

/*
 * Reads a MetricPoint in Confluent wire format in place. The schema's field order is made for it:
 * tenantId, metric and tags are one run of bytes at the front of the value (the identity of the
 * series), timestamp and value follow; nothing behind them is read.
 *
 * Avro binary encoding (Avro specification 1.11): a string is a zigzag varint length and its
 * bytes, a map is blocks of a count and entries up to a count of 0, a long is a zigzag varint, a
 * double is 8 bytes little-endian.
 */

const TWO_25 = 2 ** 25;
const TWO_28 = 2 ** 28;
const NOT_READ = -1;

/** Reads one value at a time; its fields are what was read last. */
export class PointView {
  /** The series' identity: bytes from `seriesStart` to `seriesEnd`. */
  seriesStart = 0;
  seriesEnd = 0;
  timestamp = 0;
  value = 0;
  /** Where `id` and what follows it begin. */
  restStart = 0;
  /** Over the bytes in use. An unaligned read through it is one instruction. */
  words: DataView = new DataView(new ArrayBuffer(8));
  #bytes: Buffer = Buffer.alloc(0);

  /** The bytes that the following reads are in. */
  use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Reads the value of `length` bytes at `start`, which must be of the current layout.
   *
   * @returns false when it is laid out in a legal but unusual way, or cut short: then the full
   *   decoder has the last word
   */
  read(start: number, length: number): boolean {
    const bytes = this.#bytes;
    const end = start + length;
    let at = start + HEADER_BYTES;
    this.seriesStart = at;
    at = afterString(bytes, at, end);
    at = afterString(bytes, at, end);
    at = afterTags(bytes, at, end);
    return at !== NOT_READ && this.#readFrom(at, end);
  }

  /** As {@link read}, of a value whose series is known to have `seriesLength` bytes. */
  readKnown(start: number, length: number, seriesLength: number): boolean {
    this.seriesStart = start + HEADER_BYTES;
    return this.#readFrom(start + HEADER_BYTES + seriesLength, start + length);
  }

  /** @param seriesEnd where time and value follow */
  #readFrom(seriesEnd: number, end: number): boolean {
    const bytes = this.#bytes;
    this.seriesEnd = seriesEnd;
    let at = seriesEnd;
    // A zigzag long up to 2^53 in at most eight bytes of seven bits, lowest first.
    let low = 0;
    let high = 0;
    let byte = 0x80;
    for (let shift = 0; shift < 28 && byte >= 0x80 && at < end; shift += 7) {
      byte = bytes[at++] as number;
      low |= (byte & 0x7f) << shift;
    }
    for (let shift = 0; shift < 28 && byte >= 0x80 && at < end; shift += 7) {
      byte = bytes[at++] as number;
      high |= (byte & 0x7f) << shift;
    }
    if (byte >= 0x80 || high >= TWO_25 || at + 8 > end) return false;
    const zigzag = high * TWO_28 + low;
    this.timestamp = (low & 1) === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    this.value = this.words.getFloat64(at, true);
    this.restStart = at + 8;
    return true;
  }
}

/** The place behind the string at `at`; names longer than 8,191 bytes are left to the decoder. */
function afterString(bytes: Buffer, at: number, end: number): number {
  if (at >= end || at === NOT_READ) return NOT_READ;
  const byte = bytes[at] as number;
  if ((byte & 1) === 1) return NOT_READ;
  let next = at + 1 + (byte >>> 1);
  if (byte >= 0x80) {
    if (at + 1 >= end) return NOT_READ;
    const second = bytes[at + 1] as number;
    if (second >= 0x80) return NOT_READ;
    next = at + 2 + (((byte & 0x7f) | (second << 7)) >>> 1);
  }
  return next <= end ? next : NOT_READ;
}

/** The place behind the tags: one block of up to 63, as every writer makes it, or none. */
function afterTags(bytes: Buffer, at: number, end: number): number {
  if (at >= end || at === NOT_READ) return NOT_READ;
  const count = bytes[at] as number;
  if (count === 0) return at + 1;
  if (count >= 0x80 || (count & 1) === 1) return NOT_READ;
  let next = at + 1;
  for (let left = count; left > 0; left--) next = afterString(bytes, next, end);
  return next !== NOT_READ && next < end && bytes[next] === 0 ? next + 1 : NOT_READ;
}
