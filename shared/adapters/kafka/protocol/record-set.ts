import { crc32c } from '@node-rs/crc32';
import {
  OUT_HEADERS_END,
  OUT_HEADERS_START,
  OUT_KEY_END,
  OUT_KEY_START,
  OUT_PLACES,
  OUT_VALUE_END,
  OUT_VALUE_START,
  type OutputBatch,
} from '../../../core/output-batch.js';
import { VarintReader, varintSize, writeVarint } from '../../../core/varint.js';
import { CODECS, type Codec, compress } from './compression.js';

/** Producer id and epoch are those of InitProducerId; the sequence is that of the first record. */
export interface RecordSetOptions {
  readonly producerId: bigint;
  readonly epoch: number;
  /** Default: true, as stages write. */
  readonly transactional?: boolean;
  readonly baseSequence: number;
  /** Milliseconds since the epoch; the time of all records. */
  readonly timestamp: number;
  readonly codec: Codec;
}

const HEADER_BYTES = 61;
const TRANSACTIONAL = 0x10;
const START_BYTES = 16_384;
/** Below the 1 MiB that topics allow a record batch by default. */
export const MAX_SET_BYTES = 786_432;
/** Kept free for a header on the last record; a longer one makes the set larger than it should be. */
const LAST_HEADER_BYTES = 16_384;
/** A record's lengths, deltas and attributes, at most. */
const RECORD_BYTES = 32;
/** What the lengths of a header take, and the growth of the record's own and of the count of headers, at most. */
const HEADER_LENGTHS_BYTES = 20;
/** Shorter runs are copied faster by a loop than by `Buffer.copy`. */
const SHORT_BYTES = 40;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * One record batch of message format 2 (KIP-98). Records are copied once, when they are
 * added; without compression the bytes are sent as they are. `clear` empties it for reuse of its memory.
 */
export class RecordSet {
  count = 0;
  /** Beyond which a further record goes into another set. */
  maxBytes = MAX_SET_BYTES;
  #bytes: Buffer = Buffer.allocUnsafeSlow(START_BYTES);
  #at = HEADER_BYTES;
  /** Where the record that was added last begins, and its headers. */
  #last = HEADER_BYTES;
  #lastHeaders = HEADER_BYTES;

  /** Bytes of memory that it holds. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /**
   * Adds a record of a batch.
   *
   * @returns false when the set is full and the record has to go into another one. An empty set takes a
   *   record of any size.
   */
  add({ keys, values, headers, places }: OutputBatch, index: number): boolean {
    const place = index * OUT_PLACES;
    return this.append(
      keys[index] as Buffer | null,
      places[place + OUT_KEY_START] as number,
      places[place + OUT_KEY_END] as number,
      values[index] as Buffer,
      places[place + OUT_VALUE_START] as number,
      places[place + OUT_VALUE_END] as number,
      headers[index] as Buffer | null,
      places[place + OUT_HEADERS_START] as number,
      places[place + OUT_HEADERS_END] as number,
    );
  }

  /** As {@link add}, from the parts of a record; a null value deletes the key in a compacted topic. */
  append(
    key: Buffer | null,
    keyStart: number,
    keyEnd: number,
    value: Buffer | null,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
    headersStart: number,
    headersEnd: number,
  ): boolean {
    const keyLength = key === null ? -1 : keyEnd - keyStart;
    const valueLength = value === null ? -1 : valueEnd - valueStart;
    const headersLength = headers === null ? 1 : headersEnd - headersStart;
    const { count } = this;
    const size =
      2 +
      varintSize(count) +
      varintSize(keyLength) +
      Math.max(0, keyLength) +
      varintSize(valueLength) +
      Math.max(0, valueLength) +
      headersLength;
    if (count > 0 && this.#at + size + RECORD_BYTES > this.maxBytes - LAST_HEADER_BYTES) return false;
    const bytes = this.#room(size + RECORD_BYTES);
    this.#last = this.#at;
    let at = writeVarint(bytes, this.#at, size);
    bytes[at++] = 0; // attributes
    bytes[at++] = 0; // timestamp delta
    at = writeVarint(bytes, at, count);
    at = writeVarint(bytes, at, keyLength);
    if (key !== null) at = copy(key, keyStart, keyEnd, bytes, at);
    at = writeVarint(bytes, at, valueLength);
    if (value !== null) at = copy(value, valueStart, valueEnd, bytes, at);
    this.#lastHeaders = at;
    if (headers === null) bytes[at++] = 0;
    else at = copy(headers, headersStart, headersEnd, bytes, at);
    this.#at = at;
    this.count += 1;
    return true;
  }

  /** Gives the record that was added last one more header, behind those that it has. */
  putLastHeader(name: string, value: Buffer): void {
    const nameBytes = Buffer.from(name);
    const bytes = this.#room(nameBytes.length + value.length + HEADER_LENGTHS_BYTES);
    const reader = new VarintReader(bytes);
    reader.at = this.#last;
    const size = reader.next();
    const body = reader.at;
    reader.at = this.#lastHeaders;
    const count = reader.next();
    const rest = reader.at;

    // The count and the size may take more bytes than before: what is behind them moves, the end of it first.
    const countGrowth = varintSize(count + 1) - (rest - this.#lastHeaders);
    const added =
      varintSize(nameBytes.length) + nameBytes.length + varintSize(value.length) + value.length + countGrowth;
    const sizeGrowth = varintSize(size + added) - (body - this.#last);
    bytes.copyWithin(rest + sizeGrowth + countGrowth, rest, this.#at);
    bytes.copyWithin(body + sizeGrowth, body, this.#lastHeaders);
    this.#lastHeaders += sizeGrowth;
    writeVarint(bytes, this.#last, size + added);
    writeVarint(bytes, this.#lastHeaders, count + 1);

    let at = this.#at + sizeGrowth + countGrowth;
    at = writeVarint(bytes, at, nameBytes.length);
    at += nameBytes.copy(bytes, at);
    at = writeVarint(bytes, at, value.length);
    this.#at = at + value.copy(bytes, at);
  }

  /** Without compression. */
  get bytes(): number {
    return this.#at;
  }

  /** The encoded batch. The bytes belong to the set and are valid until `clear`. */
  finish(options: RecordSetOptions): Buffer {
    const { codec } = options;
    const plain = this.#bytes.subarray(0, this.#at);
    const bytes =
      codec === 'none'
        ? plain
        : Buffer.concat([plain.subarray(0, HEADER_BYTES), compress(codec, plain.subarray(HEADER_BYTES))]);
    bytes.fill(0, 0, HEADER_BYTES);
    bytes.writeInt32BE(bytes.length - 12, 8);
    bytes.writeInt32BE(-1, 12); // partition leader epoch: set by the broker
    bytes.writeInt8(2, 16);
    bytes.writeInt16BE(((options.transactional ?? true) ? TRANSACTIONAL : 0) | CODECS.indexOf(codec), 21);
    bytes.writeInt32BE(this.count - 1, 23);
    bytes.writeBigInt64BE(BigInt(options.timestamp), 27);
    bytes.writeBigInt64BE(BigInt(options.timestamp), 35);
    bytes.writeBigInt64BE(options.producerId, 43);
    bytes.writeInt16BE(options.epoch, 51);
    bytes.writeInt32BE(options.baseSequence, 53);
    bytes.writeInt32BE(this.count, 57);
    bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
    return bytes;
  }

  clear(): void {
    this.count = 0;
    this.#at = HEADER_BYTES;
    // A single record may be of any size: its memory is not kept.
    if (this.#bytes.length > MAX_SET_BYTES) this.#bytes = NOTHING;
  }

  #room(more: number): Buffer {
    const needed = this.#at + more;
    if (needed > this.#bytes.length) {
      const doubled = Math.min(MAX_SET_BYTES, Math.max(START_BYTES, this.#bytes.length * 2));
      const larger = Buffer.allocUnsafeSlow(Math.max(doubled, needed));
      if (this.count > 0) this.#bytes.copy(larger, HEADER_BYTES, HEADER_BYTES, this.#at);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Records for one partition of a physical topic, in order. */
export interface PartitionRecords {
  readonly topic: string;
  readonly partition: number;
  readonly set: RecordSet;
}

function copy(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > SHORT_BYTES) return at + from.copy(to, at, start, end);
  let next = at;
  for (let i = start; i < end; i++) to[next++] = from[i] as number;
  return next;
}
