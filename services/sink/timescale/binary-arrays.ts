/*
 * One-dimensional arrays in PostgreSQL's binary format, as a parameter of a statement:
 *   0 dimensions int32 = 1, 4 whether there are nulls int32, 8 type of the elements oid,
 *   12 elements int32, 16 lower bound int32 = 1, 20 elements: length int32 (-1 for null), bytes
 * (`array_recv` in src/backend/utils/adt/arrayfuncs.c). The server need not parse numbers, and texts are
 * copied as bytes, without becoming a string on the way.
 */

const HEADER_BYTES = 20;
const TEXT = 25;
const INT4 = 23;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;

/** Base class: growing bytes that are reused for every batch. */
class BinaryArray {
  protected bytes: Buffer;
  protected at = HEADER_BYTES;
  length = 0;
  #nulls = 0;

  constructor(
    private readonly type: number,
    elements: number,
  ) {
    this.bytes = Buffer.allocUnsafe(HEADER_BYTES + elements * 16);
  }

  clear(): void {
    this.at = HEADER_BYTES;
    this.length = 0;
    this.#nulls = 0;
  }

  addNull(): void {
    this.ensureRoom(4);
    this.at = this.bytes.writeInt32BE(-1, this.at);
    this.length += 1;
    this.#nulls = 1;
  }

  /** The encoded array: a view that is valid until `clear`. */
  parameter(): Buffer {
    const { bytes } = this;
    bytes.writeInt32BE(1, 0);
    bytes.writeInt32BE(this.#nulls, 4);
    bytes.writeInt32BE(this.type, 8);
    bytes.writeInt32BE(this.length, 12);
    bytes.writeInt32BE(1, 16);
    return bytes.subarray(0, this.at);
  }

  protected ensureRoom(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + size));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

/** `text[]` */
export class TextArray extends BinaryArray {
  constructor(elements: number) {
    super(TEXT, elements);
  }

  /** Appends the bytes from `start` to `end`. */
  add(source: Buffer, start: number, end: number): void {
    const size = end - start;
    this.ensureRoom(4 + size);
    this.at = this.bytes.writeInt32BE(size, this.at);
    source.copy(this.bytes, this.at, start, end);
    this.at += size;
    this.length += 1;
  }
}

/** `int4[]` */
export class IntegerArray extends BinaryArray {
  constructor(elements: number) {
    super(INT4, elements);
  }

  add(value: number): void {
    this.ensureRoom(8);
    this.at = this.bytes.writeInt32BE(4, this.at);
    this.at = this.bytes.writeInt32BE(value, this.at);
    this.length += 1;
  }
}

/** `float8[]` */
export class NumberArray extends BinaryArray {
  constructor(elements: number) {
    super(FLOAT8, elements);
  }

  add(value: number): void {
    this.ensureRoom(12);
    this.at = this.bytes.writeInt32BE(8, this.at);
    this.at = this.bytes.writeDoubleBE(value, this.at);
    this.length += 1;
  }
}

/** PostgreSQL's epoch, 2000-01-01, in milliseconds since 1970. */
const EPOCH_MS = 946_684_800_000;
const TWO_32 = 2 ** 32;

/** Limit of {@link TimeArray}: 142 years before and after 2000. */
const MAX_DISTANCE_MS = 2 ** 52 / 1_000;

/** `timestamptz[]`: microseconds since 2000 as int64. */
export class TimeArray extends BinaryArray {
  constructor(elements: number) {
    super(TIMESTAMPTZ, elements);
  }

  /** Whether `add` can encode this time: a double cannot count microseconds exactly beyond the limit. */
  static accepts(ms: number): boolean {
    return Math.abs(ms - EPOCH_MS) <= MAX_DISTANCE_MS && Number.isInteger(ms);
  }

  /** @param ms since 1970 */
  add(ms: number): void {
    this.ensureRoom(12);
    const micros = (ms - EPOCH_MS) * 1_000;
    const high = Math.floor(micros / TWO_32);
    this.at = this.bytes.writeInt32BE(8, this.at);
    this.at = this.bytes.writeInt32BE(high, this.at);
    this.at = this.bytes.writeUInt32BE(micros - high * TWO_32, this.at);
    this.length += 1;
  }
}
