import type { TopicName } from '../../topics/names.js';
import { decodeHeaders, encodeHeaders, joinHeaders } from './headers.js';

/** A record that a stage wants written. `topic` is the logical name, without the prefix. */
export interface OutputRecord {
  readonly topic: TopicName;
  readonly key: Buffer | string | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
}

/** Numbers in {@link OutputBatch.places} per record; the constants below say which. */
export const OUT_PLACES = 6;
export const OUT_KEY_START = 0;
export const OUT_KEY_END = 1;
export const OUT_VALUE_START = 2;
export const OUT_VALUE_END = 3;
export const OUT_HEADERS_START = 4;
export const OUT_HEADERS_END = 5;

const START_RECORDS = 64;
/** Many partitions with few records each make many small batches. */
const CHUNK_BYTES = 4_096;
const MAX_CHUNK_BYTES = 1_048_576;
/**
 * Memory of cleared batches, of the least and the full size, is kept for others up to so many pieces; the rest is left
 * to the garbage collector. A worker with many partitions has hundreds of small batches between two commits.
 */
const MAX_SPARE_SMALL = 1_024;
const MAX_SPARE_LARGE = 16;

/**
 * The records that a step wants written, in columns: no object per record, and every part is a
 * place in some buffer. A part may be in the batch that was read (what is forwarded is not copied
 * before it is written), or in the buffer that the batch itself provides.
 *
 * ```ts
 * outputs.add({ topic: 'alerts', key, value }); // where there are few
 * // where there are many: bytes that are there already, and bytes that are made here
 * const own = outputs.room(most);
 * const start = outputs.at;
 * outputs.at = writeKey(own, start);
 * outputs.append('metrics', own, start, outputs.at, fetched, valueStart, valueEnd);
 * ```
 *
 * Bytes that a batch refers to must not change until it is committed, or cleared: where a window of each
 * of many series goes out at once, tens of megabytes would else stand in two places, here and in
 * what is sent.
 */
export class OutputBatch {
  length = 0;
  /** Of all keys, values and headers. */
  bytes = 0;
  /** Bytes of the longest value that was added. */
  largest = 0;
  /** Where the buffer of {@link room} is free; move it behind what was written. */
  at = 0;
  /** By record. */
  topics: TopicName[] = [];
  keys: (Buffer | null)[] = [];
  values: Buffer[] = [];
  /** Runs as in headers.ts; null for none. */
  headers: (Buffer | null)[] = [];
  /** Record `i` has the places of its parts in `places[i * OUT_PLACES + …]`; longer than needed. */
  places = NOWHERE;
  #own: Buffer = NOTHING;
  /** Those in use that are kept when cleared. */
  #chunks: Buffer[] = [];

  static of(records: Iterable<OutputRecord>): OutputBatch {
    const batch = new OutputBatch();
    for (const record of records) batch.add(record);
    return batch;
  }

  /** A buffer of this batch with room for `bytes` from {@link at} on. */
  room(bytes: number): Buffer {
    if (this.at + bytes > this.#own.length) {
      const chunk = Math.min(MAX_CHUNK_BYTES, Math.max(CHUNK_BYTES, this.#own.length * 2));
      this.#own = this.#chunkOf(Math.max(chunk, bytes));
      this.at = 0;
    }
    return this.#own;
  }

  add({ topic, key, value, headers }: OutputRecord): void {
    const bytes = typeof key === 'string' ? Buffer.from(key) : key;
    this.append(topic, bytes, 0, bytes?.length ?? 0, value, 0, value.length);
    if (headers === undefined) return;
    const run = encodeHeaders(headers);
    this.putHeaders(run, 0, run.length);
  }

  /** Adds a record without headers by the places of its parts. */
  append(
    topic: TopicName,
    key: Buffer | null,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
  ): void {
    const place = this.length * OUT_PLACES;
    if (place === this.places.length) this.#grow();
    this.topics.push(topic);
    this.keys.push(key);
    this.values.push(value);
    this.headers.push(null);
    this.places[place + OUT_KEY_START] = keyStart;
    this.places[place + OUT_KEY_END] = keyEnd;
    this.places[place + OUT_VALUE_START] = valueStart;
    this.places[place + OUT_VALUE_END] = valueEnd;
    const valueBytes = valueEnd - valueStart;
    if (valueBytes > this.largest) this.largest = valueBytes;
    this.bytes += keyEnd - keyStart + valueBytes;
    this.length += 1;
  }

  /** Gives a record, by default the one that was added last, its headers, in place of those that it has. */
  putHeaders(bytes: Buffer, start: number, end: number, index = this.length - 1): void {
    this.bytes -= this.headersOf(index)?.length ?? 0;
    this.headers[index] = bytes;
    this.places[index * OUT_PLACES + OUT_HEADERS_START] = start;
    this.places[index * OUT_PLACES + OUT_HEADERS_END] = end;
    this.bytes += end - start;
  }

  /** Adds headers to those that a record has; slow. */
  addHeaders(run: Buffer, index = this.length - 1): void {
    const before = this.headersOf(index);
    const all = before === null ? run : joinHeaders(before, run);
    this.putHeaders(all, 0, all.length, index);
  }

  /** The run of headers of a record; null without one. */
  headersOf(index: number): Buffer | null {
    const place = index * OUT_PLACES;
    const headers = this.headers[index] as Buffer | null;
    if (headers === null) return null;
    return headers.subarray(this.places[place + OUT_HEADERS_START], this.places[place + OUT_HEADERS_END]);
  }

  /** Leaves out some records; slow. */
  drop(indexes: ReadonlySet<number>): void {
    const kept = Array.from(this.topics.keys()).filter((index) => !indexes.has(index));
    for (const index of indexes) {
      const place = index * OUT_PLACES;
      // Where there are no headers their places say nothing: the array may be one that was used before.
      const parts = [OUT_KEY_START, OUT_VALUE_START];
      if (this.headers[index] !== null) parts.push(OUT_HEADERS_START);
      for (const part of parts)
        this.bytes -= (this.places[place + part + 1] as number) - (this.places[place + part] as number);
    }
    kept.forEach((from, to) => {
      const place = from * OUT_PLACES;
      this.places.copyWithin(to * OUT_PLACES, place, place + OUT_PLACES);
    });
    this.topics = kept.map((index) => this.topics[index] as TopicName);
    this.keys = kept.map((index) => this.keys[index] as Buffer | null);
    this.values = kept.map((index) => this.values[index] as Buffer);
    this.headers = kept.map((index) => this.headers[index] as Buffer | null);
    this.length = kept.length;
  }

  /** Forgets its records, which are written or copied: the memory that they were in is free for other batches. */
  clear(): void {
    for (const chunk of this.#chunks) spareChunks.get(chunk.length)?.giveBack(chunk);
    this.#chunks = [];
    if (this.places.length === START_RECORDS * OUT_PLACES) sparePlaces.giveBack(this.places);
    this.#own = NOTHING;
    this.at = 0;
    this.length = 0;
    this.bytes = 0;
    this.largest = 0;
    this.topics = [];
    this.keys = [];
    this.values = [];
    this.headers = [];
    this.places = NOWHERE;
  }

  /** The records one by one; slow. */
  *[Symbol.iterator](): Generator<OutputRecord & { readonly key: Buffer | null }> {
    for (let i = 0; i < this.length; i++) yield this.record(i);
  }

  /** Slow. */
  record(index: number): OutputRecord & { readonly key: Buffer | null } {
    const { places } = this;
    const place = index * OUT_PLACES;
    const part = (buffer: Buffer, start: number, end: number) =>
      buffer.subarray(places[place + start], places[place + end]);
    const [key, headers] = [this.keys[index] as Buffer | null, this.headers[index] as Buffer | null];
    return {
      topic: this.topics[index] as TopicName,
      key: key && part(key, OUT_KEY_START, OUT_KEY_END),
      value: part(this.values[index] as Buffer, OUT_VALUE_START, OUT_VALUE_END),
      ...(headers !== null && {
        headers: decodeHeaders(headers, places[place + OUT_HEADERS_START] as number),
      }),
    };
  }

  #chunkOf(bytes: number): Buffer {
    const spare = spareChunks.get(bytes);
    if (spare === undefined) return Buffer.allocUnsafeSlow(bytes);
    const chunk = spare.take();
    this.#chunks.push(chunk);
    return chunk;
  }

  #grow(): void {
    if (this.places === NOWHERE) {
      this.places = sparePlaces.take();
      return;
    }
    const larger = new Int32Array(this.places.length * 2);
    larger.set(this.places);
    this.places = larger;
  }
}

/** Arrays of one size that nobody uses any more. */
class Spare<T> {
  readonly #kept: T[] = [];

  constructor(
    private readonly most: number,
    private readonly make: () => T,
  ) {}

  take(): T {
    return this.#kept.pop() ?? this.make();
  }

  giveBack(array: T): void {
    if (this.#kept.length < this.most) this.#kept.push(array);
  }
}

const NOWHERE: Int32Array = new Int32Array(0);
const NOTHING: Buffer = Buffer.alloc(0);
const spareChunks: ReadonlyMap<number, Spare<Buffer>> = new Map([
  [CHUNK_BYTES, new Spare(MAX_SPARE_SMALL, () => Buffer.allocUnsafeSlow(CHUNK_BYTES))],
  [MAX_CHUNK_BYTES, new Spare(MAX_SPARE_LARGE, () => Buffer.allocUnsafeSlow(MAX_CHUNK_BYTES))],
]);
const sparePlaces = new Spare<Int32Array>(MAX_SPARE_SMALL, () => new Int32Array(START_RECORDS * OUT_PLACES));
