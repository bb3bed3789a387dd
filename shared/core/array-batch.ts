import type { Millis } from './clock.js';
import { encodeHeaders } from './headers.js';
import {
  HEADERS_START,
  KEY_START,
  NO_SCHEMA,
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_START,
} from './record-batch.js';

/** A record as plain data, for tests and for history that does not come from a log. */
export interface PlainRecord {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | null;
  readonly timestamp?: Millis;
  readonly headers?: Readonly<Record<string, Buffer>>;
}

export interface ArrayBatchOptions {
  readonly topic: string;
  readonly partition?: number;
  readonly records: readonly PlainRecord[];
  /** Offset of the first record; the others follow without gaps. Default 0. */
  readonly baseOffset?: number;
  /** Default true: nothing is left behind these records. */
  readonly atEnd?: boolean;
  /** As of a {@link RecordBatch}. */
  readonly readAt?: Millis;
}

/** A {@link RecordBatch} over an array. With no records it is a clock tick at `baseOffset`. */
export function arrayBatch(options: ArrayBatchOptions): RecordBatch {
  const { topic, partition = 0, records, baseOffset = 0, atEnd = true, readAt } = options;
  const at = (index: number): PlainRecord => {
    const record = records[index];
    if (record === undefined) throw new RangeError(`record ${index} of ${records.length}`);
    return record;
  };
  return {
    topic,
    partition,
    length: records.length,
    nextOffset: baseOffset + records.length,
    atEnd,
    readAt,
    offset: (index) => baseOffset + index,
    timestamp: (index) => at(index).timestamp ?? 0,
    key: (index) => toBuffer(at(index).key),
    value: (index) => at(index).value,
    headers: (index) => at(index).headers ?? {},
    segments: records.length === 0 ? [] : [segmentOf(records, baseOffset)],
  };
}

/** A count of zero. */
const NO_HEADERS = Buffer.of(0);

/** The parts of the records one after the other. */
function segmentOf(records: readonly PlainRecord[], baseOffset: number): RecordSegment {
  const places = new Int32Array(records.length * PLACES);
  const parts: Buffer[] = [];
  let at = 0;
  const put = (place: number, part: Buffer | null) => {
    places[place] = at;
    places[place + 1] = part === null ? -1 : part.length;
    if (part === null) return;
    parts.push(part);
    at += part.length;
  };
  records.forEach(({ key, value, headers }, i) => {
    put(i * PLACES + KEY_START, toBuffer(key));
    put(i * PLACES + VALUE_START, value);
    put(i * PLACES + HEADERS_START, headers === undefined ? NO_HEADERS : encodeHeaders(headers));
  });
  // Memory of its own, as what was fetched has, not a piece of the pool that other buffers are in.
  const bytes = Buffer.allocUnsafeSlow(at);
  parts.reduce((start, part) => start + part.copy(bytes, start), 0);
  return {
    bytes,
    length: records.length,
    offsets: Float64Array.from(records, (_, i) => baseOffset + i),
    times: Float64Array.from(records, ({ timestamp }) => timestamp ?? 0),
    places,
    schemaId: NO_SCHEMA,
  };
}

function toBuffer(key: Buffer | string | null | undefined): Buffer | null {
  if (key === null || key === undefined) return null;
  return typeof key === 'string' ? Buffer.from(key) : key;
}
