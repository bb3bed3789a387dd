import { crc32c } from '@node-rs/crc32';

/** A record as it is to be written. */
export interface WritableRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string>> | undefined;
}

/** Who writes: producer id and epoch from InitProducerId, and the sequence of the first record. */
export interface RecordSetOptions {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly baseSequence: number;
  /** Milliseconds since the epoch; the time of all records. */
  readonly timestamp: number;
}

const HEADER_BYTES = 61;
const TRANSACTIONAL = 0x10;

/**
 * One uncompressed record batch of message format 2 (KIP-98), part of a transaction. The bytes of
 * keys and values are copied once, into the batch.
 */
export function transactionalRecordSet(
  records: readonly WritableRecord[],
  options: RecordSetOptions,
): Buffer {
  let total = HEADER_BYTES;
  const sizes = new Int32Array(records.length);
  for (let i = 0; i < records.length; i++) {
    const size = bodySize(records[i] as WritableRecord, i);
    sizes[i] = size;
    total += varintSize(size) + size;
  }
  const bytes = Buffer.allocUnsafe(total);
  bytes.fill(0, 0, HEADER_BYTES);
  bytes.writeInt32BE(total - 12, 8);
  bytes.writeInt32BE(-1, 12); // partition leader epoch: the broker's to fill in
  bytes.writeInt8(2, 16);
  bytes.writeInt16BE(TRANSACTIONAL, 21);
  bytes.writeInt32BE(records.length - 1, 23);
  bytes.writeBigInt64BE(BigInt(options.timestamp), 27);
  bytes.writeBigInt64BE(BigInt(options.timestamp), 35);
  bytes.writeBigInt64BE(options.producerId, 43);
  bytes.writeInt16BE(options.epoch, 51);
  bytes.writeInt32BE(options.baseSequence, 53);
  bytes.writeInt32BE(records.length, 57);

  let at = HEADER_BYTES;
  for (let i = 0; i < records.length; i++) {
    const { key, value, headers } = records[i] as WritableRecord;
    at = writeVarint(bytes, at, sizes[i] as number);
    bytes[at++] = 0; // attributes
    bytes[at++] = 0; // timestamp delta
    at = writeVarint(bytes, at, i);
    at = writePart(bytes, at, key);
    at = writePart(bytes, at, value);
    at = writeHeaders(bytes, at, headers);
  }
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

function bodySize({ key, value, headers }: WritableRecord, index: number): number {
  let size = 2 + varintSize(index) + partSize(key) + partSize(value);
  const names = headers === undefined ? [] : Object.keys(headers);
  size += varintSize(names.length);
  for (const name of names) {
    const length = Buffer.byteLength(name);
    size += varintSize(length) + length;
    const valueLength = Buffer.byteLength(headers?.[name] as string);
    size += varintSize(valueLength) + valueLength;
  }
  return size;
}

function partSize(part: Buffer | null): number {
  return part === null ? 1 : varintSize(part.length) + part.length;
}

function writePart(bytes: Buffer, at: number, part: Buffer | null): number {
  if (part === null) return writeVarint(bytes, at, -1);
  const start = writeVarint(bytes, at, part.length);
  return start + part.copy(bytes, start);
}

function writeHeaders(bytes: Buffer, start: number, headers: WritableRecord['headers']): number {
  const names = headers === undefined ? [] : Object.keys(headers);
  let at = writeVarint(bytes, start, names.length);
  for (const name of names) {
    at = writePart(bytes, at, Buffer.from(name));
    at = writePart(bytes, at, Buffer.from(headers?.[name] as string));
  }
  return at;
}

/** Zigzag varints of 32 bits. */
function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  while (left >= 0x80) {
    bytes[at++] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  bytes[at++] = left;
  return at;
}
