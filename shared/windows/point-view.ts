/*
 * Reads a MetricPoint in Confluent wire format in place. The schema's field order is made for it:
 * tenantId, metric and tags are one run of bytes at the front of the value (the identity of the
 * series), timestamp and value follow; nothing behind them is read.
 *
 * Avro binary encoding (Avro specification 1.11): a string is a zigzag varint length and its
 * bytes, a map is blocks of a count and entries up to a count of 0, a long is a zigzag varint, a
 * double is 8 bytes little-endian.
 */

const HEADER_BYTES = 5;
const TWO_28 = 2 ** 28;

/** A cursor over one value at a time; its fields are what was read last. */
export class PointView {
  /** The series' identity: bytes from `seriesStart` to `seriesEnd`. */
  seriesStart = 0;
  seriesEnd = 0;
  timestamp = 0;
  value = 0;
  /** Where `id` and what follows it begin. */
  restStart = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #doubles: DataView = new DataView(new ArrayBuffer(8));
  #at = 0;
  #end = 0;

  /** The bytes that the following reads are in. */
  use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#doubles = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The schema id of the value at `start`, or -1 when there is no magic byte and id. */
  schemaId(start: number, length: number): number {
    const bytes = this.#bytes;
    if (length < HEADER_BYTES || bytes[start] !== 0) return -1;
    return bytes.readInt32BE(start + 1);
  }

  /**
   * Reads the value of `length` bytes at `start`, which must be of today's layout.
   *
   * @returns false when it is laid out in a legal but unusual way, or cut short: then the full
   *   decoder has the last word
   */
  read(start: number, length: number): boolean {
    this.#end = start + length;
    this.#at = start + HEADER_BYTES;
    this.seriesStart = this.#at;
    if (!this.#skipString() || !this.#skipString() || !this.#skipTags()) return false;
    this.seriesEnd = this.#at;
    const timestamp = this.#long();
    if (Number.isNaN(timestamp) || this.#at + 8 > this.#end) return false;
    this.timestamp = timestamp;
    this.value = this.#doubles.getFloat64(this.#at, true);
    this.restStart = this.#at + 8;
    return true;
  }

  #skipString(): boolean {
    const byte = this.#bytes[this.#at] as number;
    let length = byte >>> 1;
    this.#at += 1;
    if (byte >= 0x80) {
      const second = this.#bytes[this.#at] as number;
      // Names longer than 8,191 bytes are left to the decoder.
      if (second >= 0x80) return false;
      length = ((byte & 0x7f) | (second << 7)) >>> 1;
      this.#at += 1;
      if ((byte & 1) === 1) return false;
    } else if ((byte & 1) === 1) return false;
    this.#at += length;
    return this.#at <= this.#end;
  }

  /** One block of up to 63 tags, as every writer makes it, or none. */
  #skipTags(): boolean {
    const count = this.#bytes[this.#at] as number;
    this.#at += 1;
    if (count === 0) return this.#at <= this.#end;
    if (count >= 0x80 || (count & 1) === 1) return false;
    for (let left = count >>> 1; left > 0; left--)
      if (!this.#skipString() || !this.#skipString()) return false;
    return this.#bytes[this.#at++] === 0 && this.#at <= this.#end;
  }

  /** A zigzag long up to 2^53; NaN for a larger one, or one that is cut short. */
  #long(): number {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.#at++] as number;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.#at > this.#end ? Number.NaN : low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    }
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.#at++] as number;
      high |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (this.#at > this.#end || high >= 2 ** 25) return Number.NaN;
        const zigzag = high * TWO_28 + low;
        return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      }
    }
    return Number.NaN;
  }
}
