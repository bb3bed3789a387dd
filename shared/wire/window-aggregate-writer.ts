import type { Millis } from '../core/clock.js';
import type { OutputBatch } from '../core/output-batch.js';
import { VarintReader, writeVarint } from '../core/varint.js';
import type { ByteTable } from './byte-table.js';
import { HEADER_BYTES, writeHeader } from './confluent-header.js';
import { copyRecordKey, KEY_SLACK } from './series.js';

/**
 * Numbers of a window, in the order of WindowAggregate: count, sum, min, max, mean, stddev, first, last; then the increase, NaN
 * for null.
 */
export const FIGURES = 9;

const LONG_BYTES = 10;
/** All figures but count and increase. */
const DOUBLES = FIGURES - 2;
/** The branches of the union of null and a map. */
const NO_QUANTILES = 0;
const QUANTILES: Buffer = avroLong(1);
/** Branches of the unions of null and something, of one byte each. */
const SOMETHING = 2;
/** Increase, rate, distinct and sketch, all null. */
const NULLS = 0;
const NULLS_BYTES = 4;
/** The same with increase and rate. */
const COUNTER_BYTES = NULLS_BYTES + 16;
/** The last two of them. */
const MEMBER_NULLS = 2;
/** Distinct and sketch, but for the bytes of the latter. */
const MEMBER_BYTES = 2 + 2 * 10;
const NOTHING: Buffer = Buffer.alloc(0);
/** The rule that has recorded it, null. */
const RULE_BYTES = 1;
/** Copying goes by words: up to three bytes behind a run are written, and then written over. */
const SLACK = KEY_SLACK;

/** What all windows that close together have in common. */
export interface Closing {
  /** Name of the definition. */
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
  readonly watermark: Millis;
  readonly emittedAt: Millis;
}

/** What a window says of its members. */
export interface WindowMembers {
  readonly distinct: number | null;
  readonly sketch: Uint8Array | null;
}

/** Bytes as little-endian words, the last one filled up. */
interface Run {
  readonly words: Int32Array;
  readonly length: number;
}

const NO_RUN: Run = { words: new Int32Array(0), length: 0 };

/**
 * Writes WindowAggregates in Confluent wire format straight from their figures.
 *
 * Windows are most of what the worker writes, and going through objects and a general encoder
 * costs several times as much; a test compares the bytes with that encoder's. What windows have in
 * common is encoded once: the identity per series, names and times per closing. It is copied word by
 * word: these runs are too short for a call into the runtime, and too long to go byte by byte.
 */
export class WindowAggregateWriter {
  readonly #header: Run;
  /** By name: definitions are few. */
  readonly #names = new Map<string, Buffer>();
  /** Of the window that is closing: name, start and end; watermark and time of emission. */
  #front = NO_RUN;
  #back = NO_RUN;
  #seconds = 0;
  /** The batch's buffer, and a view of it. */
  #room: Buffer = NOTHING;
  #view: DataView = new DataView(new ArrayBuffer(8));
  readonly #reader = new VarintReader();

  constructor(schemaId: number) {
    const header = Buffer.alloc(HEADER_BYTES);
    writeHeader(header, schemaId);
    this.#header = runOf(header);
  }

  /** To be called before the windows of a closing are written. */
  begin({ window, start, end, watermark, emittedAt }: Closing): void {
    this.#front = runOf(Buffer.concat([this.#nameOf(window), avroLong(start), avroLong(end)]));
    this.#back = runOf(Buffer.concat([avroLong(watermark), avroLong(emittedAt)]));
    this.#seconds = (end - start) / 1_000;
  }

  /**
   * Appends the window of a series to `outputs`.
   *
   * @param identities has the series' identity as the run of `group`
   * @param figures {@link FIGURES} numbers
   * @param quantiles by their name, "0.95"
   * @param members null for a window without any
   */
  write(
    outputs: OutputBatch,
    identities: ByteTable,
    group: number,
    figures: Float64Array,
    quantiles: Readonly<Record<string, number>> | null,
    members: WindowMembers | null,
  ): void {
    const identity = identities.lengthOf(group);
    const estimates =
      quantiles === null ? NO_RUN : runOf(Buffer.concat([QUANTILES, avroDoubleMap(quantiles)]));
    const front = this.#front;
    const back = this.#back;
    const fixed =
      HEADER_BYTES + LONG_BYTES + DOUBLES * 8 + 1 + front.length + back.length + COUNTER_BYTES + RULE_BYTES;
    // The key is a part of the identity over again.
    const ofMembers = members === null ? 0 : MEMBER_BYTES + (members.sketch?.length ?? 0);
    const room = outputs.room(fixed + 2 * identity + 1 + estimates.length + ofMembers + SLACK);
    if (room !== this.#room) {
      this.#room = room;
      this.#reader.bytes = room;
      this.#view = new DataView(room.buffer, room.byteOffset, room.length);
    }
    const view = this.#view;
    const start = outputs.at;
    const identityAt = copy(this.#header.words, 0, HEADER_BYTES, view, start);
    let at = copy(identities.words, identities.startOf(group), identity, view, identityAt);
    at = copy(front.words, 0, front.length, view, at);
    at = writeVarint(room, at, figures[0] as number);
    view.setFloat64(at, figures[1] as number, true);
    view.setFloat64(at + 8, figures[2] as number, true);
    view.setFloat64(at + 16, figures[3] as number, true);
    view.setFloat64(at + 24, figures[4] as number, true);
    view.setFloat64(at + 32, figures[5] as number, true);
    view.setFloat64(at + 40, figures[6] as number, true);
    view.setFloat64(at + 48, figures[7] as number, true);
    at += DOUBLES * 8;
    if (estimates === NO_RUN) room[at++] = NO_QUANTILES;
    else at = copy(estimates.words, 0, estimates.length, view, at);
    at = copy(back.words, 0, back.length, view, at);
    let end = this.#writeCounters(at, figures[FIGURES - 1] as number);
    if (members !== null) end = writeMembers(room, end - MEMBER_NULLS, members);
    room[end++] = NULLS;
    outputs.at = this.#writeKey(identityAt, end);
    outputs.append('windows', room, end, outputs.at, room, start, end);
  }

  /** @returns the place behind the value */
  #writeCounters(at: number, increase: number): number {
    const view = this.#view;
    if (Number.isNaN(increase)) {
      view.setInt32(at, NULLS);
      return at + NULLS_BYTES;
    }
    view.setUint8(at, SOMETHING);
    view.setFloat64(at + 1, increase, true);
    view.setUint8(at + 9, SOMETHING);
    view.setFloat64(at + 10, increase / this.#seconds, true);
    view.setInt16(at + 18, NULLS);
    return at + COUNTER_BYTES;
  }

  /** The identity begins with tenant and metric. */
  #writeKey(identityAt: number, at: number): number {
    const reader = this.#reader;
    reader.at = identityAt;
    const tenantLength = reader.next();
    const tenantStart = reader.at;
    reader.at += tenantLength;
    const tenantEnd = reader.at;
    const metricLength = reader.next();
    const metricStart = reader.at;
    const metricEnd = metricStart + metricLength;
    return copyRecordKey(this.#view, tenantStart, tenantEnd, metricStart, metricEnd, this.#view, at);
  }

  #nameOf(window: string): Buffer {
    let name = this.#names.get(window);
    if (name === undefined) {
      name = avroString(window);
      this.#names.set(window, name);
    }
    return name;
  }
}

/** @returns the place behind the sketch */
function writeMembers(room: Buffer, from: number, { distinct, sketch }: WindowMembers): number {
  let at = from;
  if (distinct === null) room[at++] = NULLS;
  else {
    room[at++] = SOMETHING;
    at = writeVarint(room, at, distinct);
  }
  if (sketch === null) {
    room[at++] = NULLS;
    return at;
  }
  room[at++] = SOMETHING;
  at = writeVarint(room, at, sketch.length);
  room.set(sketch, at);
  return at + sketch.length;
}

/** Writes `length` bytes, and up to {@link SLACK} more; gives the place behind the former. */
function copy(words: Int32Array, start: number, length: number, to: DataView, at: number): number {
  const end = at + length;
  for (let word = start, place = at; place < end; place += 4)
    to.setInt32(place, words[word++] as number, true);
  return end;
}

function runOf(bytes: Buffer): Run {
  const words = new Int32Array((bytes.length + SLACK) >>> 2);
  for (let i = 0; i < bytes.length; i++)
    words[i >>> 2] = (words[i >>> 2] as number) | ((bytes[i] as number) << (8 * (i & 3)));
  return { words, length: bytes.length };
}

/* Small values, each in a buffer of its own: they are written once and then copied. */

/** An Avro long, as lengths and counts are too. */
export function avroLong(value: number): Buffer {
  const bytes = Buffer.alloc(LONG_BYTES);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

/** An Avro string. */
export function avroString(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([avroLong(bytes.length), bytes]);
}

/** An Avro map of doubles, in one block. */
export function avroDoubleMap(values: Readonly<Record<string, number>>): Buffer {
  const entries = Object.entries(values).map(([name, value]) => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    return Buffer.concat([avroString(name), double]);
  });
  const count = entries.length > 0 ? [avroLong(entries.length)] : [];
  return Buffer.concat([...count, ...entries, avroLong(0)]);
}
