import type { Millis } from './clock.js';
import {
  KEY_LENGTH,
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_LENGTH,
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
}

/** A {@link RecordBatch} over an array. With no records it is a clock tick at `baseOffset`. */
export function arrayBatch(options: ArrayBatchOptions): RecordBatch {
  const { topic, partition = 0, records, baseOffset = 0, atEnd = true } = options;
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
    offset: (index) => baseOffset + index,
    timestamp: (index) => at(index).timestamp ?? 0,
    key: (index) => toBuffer(at(index).key),
    value: (index) => at(index).value,
    headers: (index) => at(index).headers ?? {},
    segments: records.length === 0 ? [] : [segmentOf(records, baseOffset)],
  };
}

/** Values one after the other; keys and headers are left to the accessors. */
function segmentOf(records: readonly PlainRecord[], baseOffset: number): RecordSegment {
  const places = new Int32Array(records.length * PLACES);
  let at = 0;
  records.forEach(({ value }, i) => {
    places[i * PLACES + KEY_LENGTH] = -1;
    places[i * PLACES + VALUE_START] = at;
    places[i * PLACES + VALUE_LENGTH] = value === null ? -1 : value.length;
    at += value?.length ?? 0;
  });
  return {
    bytes: Buffer.concat(records.map(({ value }) => value ?? Buffer.alloc(0))),
    length: records.length,
    offsets: Float64Array.from(records, (_, i) => baseOffset + i),
    times: Float64Array.from(records, ({ timestamp }) => timestamp ?? 0),
    places,
  };
}

function toBuffer(key: Buffer | string | null | undefined): Buffer | null {
  if (key === null || key === undefined) return null;
  return typeof key === 'string' ? Buffer.from(key) : key;
}
