import type { Millis } from '../../shared/core/clock.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import { COUNT, FIRST, LAST, MAX, MIN, stddevOf, sumOf } from '../../shared/windows/cells.js';
import type { Quantiles } from '../../shared/windows/engine.js';
import type { ByteTable } from '../../shared/wire/byte-table.js';
import { avroLength, avroText } from '../../shared/wire/identity.js';

const HEADER_BYTES = 5;
const LONG_BYTES = 10;
const DOUBLES = 7;
/** What stands between tenant and metric in a record's key. */
const BAR = 0x7c;
/** The union's first branch, null. */
const NO_QUANTILES = 0;
const NOTHING: Buffer = Buffer.alloc(0);
/** Copying goes by words: up to three bytes behind a run are written, and then written over. */
const SLACK = 3;

/** What all windows that close together have in common. */
export interface Closing {
  /** Name of the definition. */
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
  readonly watermark: Millis;
  readonly emittedAt: Millis;
}

/** Bytes as little-endian words, the last one filled up. */
interface Run {
  readonly words: Int32Array;
  readonly length: number;
}

const NO_RUN: Run = { words: new Int32Array(0), length: 0 };

/**
 * Writes WindowAggregates in Confluent wire format straight from the aggregates' numbers.
 *
 * Windows are most of what the worker writes, and going through objects and a general encoder
 * costs several times as much; a test holds the bytes against that encoder. What windows have in
 * common is encoded once: the identity per series, names and times per closing. It is copied word by
 * word: these runs are too short for a call into the runtime, and too long to go byte by byte.
 */
export class WindowWriter {
  readonly #header: Run;
  /** By name: definitions are few. */
  readonly #names = new Map<string, Buffer>();
  /** Of the window that is closing: name, start and end; watermark and time of emission. */
  #front = NO_RUN;
  #back = NO_RUN;
  /** The batch's buffer, and a view of it. */
  #room: Buffer = NOTHING;
  #view: DataView = new DataView(new ArrayBuffer(8));

  constructor(schemaId: number) {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeInt32BE(schemaId, 1);
    this.#header = runOf(header);
  }

  /** To be called before the windows of a closing are written. */
  begin({ window, start, end, watermark, emittedAt }: Closing): void {
    this.#front = runOf(Buffer.concat([this.#nameOf(window), long(start), long(end)]));
    this.#back = runOf(Buffer.concat([long(watermark), long(emittedAt)]));
  }

  /** Appends the window of a series to `outputs`; its identity is the run of `group` in `identities`. */
  write(
    outputs: OutputBatch,
    identities: ByteTable,
    group: number,
    cells: Float64Array,
    row: number,
    quantiles: Quantiles,
  ): void {
    const identity = identities.lengthOf(group);
    const estimates = quantiles === null ? NO_RUN : runOf(quantileMap(quantiles));
    const front = this.#front;
    const back = this.#back;
    const fixed = HEADER_BYTES + LONG_BYTES + DOUBLES * 8 + 1 + front.length + back.length;
    // The key is a part of the identity over again.
    const room = outputs.room(fixed + 2 * identity + 1 + estimates.length + SLACK);
    if (room !== this.#room) {
      this.#room = room;
      this.#view = new DataView(room.buffer, room.byteOffset, room.length);
    }
    const view = this.#view;
    const start = outputs.at;
    const identityAt = copy(this.#header.words, 0, HEADER_BYTES, view, start);
    let at = copy(identities.words, identities.startOf(group), identity, view, identityAt);
    at = copy(front.words, 0, front.length, view, at);
    const count = cells[row + COUNT] as number;
    at = writeLong(room, at, count);
    const sum = sumOf(cells, row);
    view.setFloat64(at, sum, true);
    view.setFloat64(at + 8, cells[row + MIN] as number, true);
    view.setFloat64(at + 16, cells[row + MAX] as number, true);
    view.setFloat64(at + 24, sum / count, true);
    view.setFloat64(at + 32, stddevOf(cells, row), true);
    view.setFloat64(at + 40, cells[row + FIRST] as number, true);
    view.setFloat64(at + 48, cells[row + LAST] as number, true);
    at += DOUBLES * 8;
    if (estimates === NO_RUN) room[at++] = NO_QUANTILES;
    else at = copy(estimates.words, 0, estimates.length, view, at);
    const end = copy(back.words, 0, back.length, view, at);
    outputs.at = writeKey(view, identityAt, end);
    outputs.append('windows', room, end, outputs.at, room, start, end);
  }

  #nameOf(window: string): Buffer {
    let name = this.#names.get(window);
    if (name === undefined) {
      name = avroText(window);
      this.#names.set(window, name);
    }
    return name;
  }
}

/** `tenantId|metric` at `start`, from the two strings that the identity at `from` begins with. */
function writeKey(view: DataView, from: number, start: number): number {
  let read = from;
  let at = start;
  for (let part = 0; part < 2; part++) {
    let zigzag = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(read++);
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (part === 1) view.setUint8(at++, BAR);
    const length = zigzag >>> 1;
    for (let i = 0; i < length; i += 4) view.setInt32(at + i, view.getInt32(read + i, true), true);
    at += length;
    read += length;
  }
  return at;
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

/** Zigzag varint of a whole number up to 2^52. */
function writeLong(to: Buffer, start: number, value: number): number {
  let at = start;
  let left = value >= 0 ? value * 2 : -value * 2 - 1;
  while (left >= 0x80) {
    to[at++] = (left % 0x80) | 0x80;
    left = Math.floor(left / 0x80);
  }
  to[at++] = left;
  return at;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(LONG_BYTES);
  return bytes.subarray(0, writeLong(bytes, 0, value));
}

/** The union's second branch, a map of doubles. */
function quantileMap(quantiles: Readonly<Record<string, number>>): Buffer {
  const entries = Object.entries(quantiles).map(([name, value]) => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    return Buffer.concat([avroText(name), double]);
  });
  const count = entries.length > 0 ? [avroLength(entries.length)] : [];
  return Buffer.concat([long(1), ...count, ...entries, long(0)]);
}
