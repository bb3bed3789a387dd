import { decodeHeaders } from '../../../core/headers.js';
import { ownMemory } from '../../../core/own-memory.js';
import {
  HEADERS_LENGTH,
  HEADERS_START,
  KEY_LENGTH,
  KEY_START,
  NO_SCHEMA,
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../../../core/record-batch.js';
import { VarintReader } from '../../../core/varint.js';
import { schemaIdAt } from '../../../wire/confluent-header.js';

/**
 * Reads the records of a batch once and notes where their parts are.
 *
 * Record (KIP-98): length varint, attributes int8, timestampDelta varlong, offsetDelta varint, key
 * (varint length, bytes), value (the same), header count varint, headers.
 *
 * @param time base timestamp, or with `appendTime` the batch's append time, which holds for all
 * @param from records before this offset are skipped
 * @throws RangeError when the bytes are truncated
 */
export function indexRecords(
  bytes: Buffer,
  count: number,
  baseOffset: number,
  time: number,
  appendTime: boolean,
  from: number,
): RecordSegment {
  if (count > bytes.length) throw new RangeError('more records than bytes');
  const { offsets, times, places } = takeColumns(count);
  const reader = new VarintReader(bytes);
  let schemaId = NO_SCHEMA;
  let length = 0;
  for (let i = 0; i < count; i++) {
    const size = reader.next();
    const end = reader.at + size;
    if (size < 0 || end > bytes.length) throw new RangeError('a record is truncated');
    reader.at += 1; // attributes: unused
    const timeDelta = reader.next();
    const offset = baseOffset + reader.next();
    const place = length * PLACES;
    places[place + KEY_LENGTH] = reader.next();
    places[place + KEY_START] = reader.at;
    reader.at += Math.max(0, places[place + KEY_LENGTH] as number);
    const valueLength = reader.next();
    const value = reader.at;
    places[place + VALUE_LENGTH] = valueLength;
    places[place + VALUE_START] = value;
    reader.at += Math.max(0, valueLength);
    if (reader.at > end) throw new RangeError('a record is longer than its size field');
    places[place + HEADERS_START] = reader.at;
    places[place + HEADERS_LENGTH] = end - reader.at;
    reader.at = end;
    if (offset < from) continue;
    offsets[length] = offset;
    // A sum, because a conditional between two doubles would allocate.
    times[length] = time + (appendTime ? 0 : timeDelta);
    const id = schemaIdAt(bytes, value, valueLength);
    if (length === 0) schemaId = id;
    else if (id !== schemaId) schemaId = NO_SCHEMA;
    length += 1;
  }
  return { bytes, length, offsets, times, places, schemaId };
}

/** The arrays of a segment, pooled: together they are some megabytes a second. */
type Columns = Pick<RecordSegment, 'offsets' | 'times' | 'places'>;

const MIN_CAPACITY = 256;
/** In records, some 10 MB; the rest is left to the garbage collector. */
const MAX_SPARE = 262_144;
const spare = new Map<number, Columns[]>();
let spareRecords = 0;

function takeColumns(count: number): Columns {
  const capacity = Math.max(MIN_CAPACITY, 2 ** Math.ceil(Math.log2(count)));
  const found = spare.get(capacity)?.pop();
  if (found !== undefined) {
    spareRecords -= capacity;
    return found;
  }
  return {
    offsets: new Float64Array(capacity),
    times: new Float64Array(capacity),
    places: new Int32Array(capacity * PLACES),
  };
}

function giveBack({ offsets, times, places }: Columns): void {
  if (spareRecords + offsets.length > MAX_SPARE) return;
  const kept = spare.get(offsets.length) ?? [];
  spare.set(offsets.length, kept);
  kept.push({ offsets, times, places });
  spareRecords += offsets.length;
}

/**
 * A copy of the batch with arrays of exact length, to be kept for long: the pooled arrays of many small
 * batches would take more memory than the records. So would the fetch response that they are in, see {@link ownMemory}.
 * Releases the given batch, which is not to be used any more.
 */
export function compactBatch(batch: RecordBatch): RecordBatch {
  const owned = ownMemory(batch.segments);
  const segments = owned.map(({ bytes, length, offsets, times, places, schemaId }) => ({
    bytes,
    length,
    schemaId,
    offsets: offsets.slice(0, length),
    times: times.slice(0, length),
    places: places.slice(0, length * PLACES),
  }));
  const copied = owned.length > 0 && owned.every((segment, i) => segment !== batch.segments[i]);
  if (copied) batch.recycle?.();
  batch.release?.();
  return new RecordView(batch.topic, batch.partition, segments, batch.nextOffset, batch.atEnd);
}

/** A {@link RecordBatch} whose fields are read in place from the fetched bytes when asked for. */
export class RecordView implements RecordBatch {
  readonly length: number;
  readonly #starts: Int32Array;
  #current = 0;
  #released = false;
  #recycled = false;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly segments: readonly RecordSegment[],
    readonly nextOffset: number,
    readonly atEnd: boolean,
    private readonly onRecycle?: () => void,
    readonly leaderEpoch?: number,
  ) {
    this.#starts = new Int32Array(segments.length + 1);
    let total = 0;
    for (let i = 0; i < segments.length; i++) {
      this.#starts[i] = total;
      total += (segments[i] as RecordSegment).length;
    }
    this.#starts[segments.length] = total;
    this.length = total;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    for (const segment of this.segments) giveBack(segment);
  }

  recycle(): void {
    if (this.#recycled) return;
    this.#recycled = true;
    this.release();
    this.onRecycle?.();
  }

  offset(index: number): number {
    return this.#batchOf(index).offsets[this.#within(index)] as number;
  }

  timestamp(index: number): number {
    return this.#batchOf(index).times[this.#within(index)] as number;
  }

  key(index: number): Buffer | null {
    return this.#part(index, KEY_START, KEY_LENGTH);
  }

  value(index: number): Buffer | null {
    return this.#part(index, VALUE_START, VALUE_LENGTH);
  }

  headers(index: number): Readonly<Record<string, Buffer>> {
    const batch = this.#batchOf(index);
    return decodeHeaders(batch.bytes, batch.places[this.#within(index) * PLACES + HEADERS_START] as number);
  }

  #part(index: number, start: number, size: number): Buffer | null {
    const batch = this.#batchOf(index);
    const place = this.#within(index) * PLACES;
    const length = batch.places[place + size] as number;
    if (length < 0) return null;
    const at = batch.places[place + start] as number;
    return batch.bytes.subarray(at, at + length);
  }

  /** Records are mostly read in order, so the segment of the last call is tried first. */
  #batchOf(index: number): RecordSegment {
    if (index < 0 || index >= this.length) throw new RangeError(`record ${index} of ${this.length}`);
    if (this.#released) throw new RangeError('the batch was released');
    if (index < (this.#starts[this.#current] as number)) this.#current = 0;
    while (index >= (this.#starts[this.#current + 1] as number)) this.#current += 1;
    return this.segments[this.#current] as RecordSegment;
  }

  #within(index: number): number {
    return index - (this.#starts[this.#current] as number);
  }
}
