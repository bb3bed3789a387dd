/*
 * Zigzag varints: whole numbers in groups of seven bits, lowest first, each but the last with its highest
 * bit set; the number's sign is the lowest bit of all. Avro's int and long are encoded so (Avro
 * specification 1.11), and the lengths, deltas and counts of Kafka's record format (KIP-98).
 *
 * This is the only reader and the only writer of them. It stands in core, and not with the rest of the
 * encoding in wire, because the headers of a record need it. Requests of Kafka have unsigned ones too (KIP-482):
 * the same without the zigzag.
 */

const NOTHING: Buffer = Buffer.alloc(0);
const TWO_27 = 2 ** 27;
const TWO_55 = 2 ** 55;

/**
 * Reads varints one after the other out of a buffer.
 *
 * One object is moved along instead of returning value and position: the callers are hot paths. Values are
 * exact within 2^53 - 1; larger ones give a number that is not `Number.isSafeInteger`.
 */
export class VarintReader {
  at = 0;

  constructor(public bytes: Buffer = NOTHING) {}

  /** @throws RangeError when the bytes end before the number does, or it has more than 10 bytes */
  next(): number {
    const { bytes, at } = this;
    const first = bytes[at] as number;
    if (first < 0x80) {
      this.at = at + 1;
      return (first >>> 1) ^ -(first & 1);
    }
    const second = bytes[at + 1] as number;
    if (second < 0x80) {
      this.at = at + 2;
      const zigzag = (first & 0x7f) | (second << 7);
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    const value = this.nextLong();
    if (Number.isNaN(value)) throw new RangeError('a varint that is truncated, or has more than 10 bytes');
    return value;
  }

  /** As {@link next}, for numbers that are likely to be large, as times are; NaN instead of an error. */
  nextLong(): number {
    const { bytes } = this;
    let { at } = this;
    // In three parts of up to 28 bits, so that all but the sum is arithmetic of 32 bits.
    let byte = 0x80;
    let low = 0;
    for (let shift = 0; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      low |= (byte & 0x7f) << shift;
    }
    let middle = 0;
    for (let shift = 0; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      middle |= (byte & 0x7f) << shift;
    }
    let high = 0;
    for (let shift = 0; shift < 14 && byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      high |= (byte & 0x7f) << shift;
    }
    // Written so that a byte beyond the end, which is undefined, is refused.
    if (!(byte < 0x80)) return Number.NaN;
    this.at = at;
    // Without the sign's bit, so that 53 bits are enough.
    const magnitude = high * TWO_55 + middle * TWO_27 + (low >>> 1);
    return (low & 1) === 0 ? magnitude : -magnitude - 1;
  }
}

/** The unsigned varint of up to 32 bits at `at`; NaN where the bytes end before it does, or it has more than 5. */
export function unsignedAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < MAX_UNSIGNED_BYTES; i++) {
    const byte = bytes[at + i] ?? 0x80;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value >>> 0;
  }
  return Number.NaN;
}

/** Bytes of an unsigned varint, at most. */
const MAX_UNSIGNED_BYTES = 5;

/** How many bytes {@link writeUnsigned} takes. */
export function unsignedSize(value: number): number {
  let size = 1;
  for (let left = value >>> 7; left > 0; left >>>= 7) size += 1;
  return size;
}

/**
 * Writes a whole number of up to 32 bits without a sign.
 *
 * @returns the place behind it
 */
export function writeUnsigned(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let left = value >>> 0;
  for (; left >= 0x80; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
  bytes[at++] = left;
  return at;
}

/**
 * Writes a whole number of 64 bits as Protocol Buffers have it: without a zigzag, negative ones as two's complement.
 *
 * @returns the place behind it
 */
export function writeBigVarint(bytes: Uint8Array, start: number, value: bigint): number {
  let at = start;
  let left = BigInt.asUintN(64, value);
  for (; left >= 0x80n; left >>= 7n) bytes[at++] = Number(left & 0x7fn) | 0x80;
  bytes[at++] = Number(left);
  return at;
}

/** Writes a whole number without a sign in exactly so many bytes, more than it needs: for lengths that are known later. */
export function writePadded(bytes: Uint8Array, start: number, value: number, size: number): void {
  for (let i = 0; i < size; i++) bytes[start + i] = ((value >>> (7 * i)) & 0x7f) | (i < size - 1 ? 0x80 : 0);
}

const TWO_28 = 2 ** 28;
const TWO_56 = 2 ** 56;

/**
 * Reads the varints of Protocol Buffers one after the other: of up to 64 bits, without a zigzag. What has more than 53 bits
 * is rounded, and is not `Number.isSafeInteger`.
 */
export class PlainVarintReader {
  at = 0;
  /** What {@link next} has read, as a number of 64 bits with a sign (two's complement). */
  signed = 0;

  constructor(public bytes: Buffer = NOTHING) {}

  /** NaN where the bytes end before the number does, or it has more than 10 bytes or 64 bits. */
  next(): number {
    const { bytes } = this;
    let { at } = this;
    let byte = bytes[at++] as number;
    if (byte < 0x80) {
      this.at = at;
      this.signed = byte;
      return byte;
    }
    let low = byte & 0x7f;
    for (let shift = 7; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      low |= (byte & 0x7f) << shift;
    }
    let middle = 0;
    for (let shift = 0; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      middle |= (byte & 0x7f) << shift;
    }
    let high = 0;
    for (let shift = 0; shift < 14 && byte >= 0x80; shift += 7) {
      byte = bytes[at++] as number;
      high |= (byte & 0x7f) << shift;
    }
    // Written so that a byte beyond the end, which is undefined, is refused.
    if (!(byte < 0x80) || high > 0xff) return Number.NaN;
    this.at = at;
    this.signed = (high < 0x80 ? high : high - 0x100) * TWO_56 + middle * TWO_28 + low;
    return high * TWO_56 + middle * TWO_28 + low;
  }
}

/** The varint in all bytes from `from` to `to`, of any size up to 64 bits, as a number with a sign (two's complement). */
export function bigVarint(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  return BigInt.asIntN(64, value);
}

/** Lengths from this on take two bytes. */
const TWO_BYTES_FROM = 64;

/**
 * The length at `at`, as strings begin with: for hot paths that keep the position in a variable, since moving
 * a {@link VarintReader} along costs a fifth of the time of a point in windowing.
 *
 * @returns -1 for a negative one, and for one that has not the shortest form, or more than two bytes
 */
export function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return (first & 1) === 0 ? first >>> 1 : -1;
  const second = bytes[at + 1] as number;
  // Written so that a byte beyond the end, which is undefined, is refused.
  if ((first & 1) === 1 || !(second > 0 && second < 0x80)) return -1;
  return ((first & 0x7f) | (second << 7)) >>> 1;
}

/** The place behind a length that {@link lengthAt} gave for `at`. */
export function afterLength(at: number, length: number): number {
  return at + (length < TWO_BYTES_FROM ? 1 : 2);
}

/** How many bytes {@link writeVarint} takes for a number of 32 bits. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}

/**
 * Writes a whole number within 2^53 - 1; where there is too little room, bytes are left out.
 *
 * @returns the place behind it
 */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  if (value < -8_192 || value >= 8_192) return writeLong(bytes, start, value);
  const zigzag = (value << 1) ^ (value >> 31);
  if (zigzag < 0x80) {
    bytes[start] = zigzag;
    return start + 1;
  }
  bytes[start] = zigzag | 0x80;
  bytes[start + 1] = zigzag >>> 7;
  return start + 2;
}

/** Of any length: hardly a number has more than two bytes, but for times. */
function writeLong(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let left = value < 0 ? -(value + 1) : value;
  let byte = ((left % 64) << 1) | (value < 0 ? 1 : 0);
  for (left = Math.floor(left / 64); left > 0; left = Math.floor(left / 128)) {
    bytes[at++] = byte | 0x80;
    byte = left % 128;
  }
  bytes[at++] = byte;
  return at;
}
