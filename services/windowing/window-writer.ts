import type { Millis } from '../../shared/core/clock.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import { COUNT, FIRST, LAST, MAX, MIN, stddevOf, sumOf } from '../../shared/windows/cells.js';
import type { Quantiles } from '../../shared/windows/engine.js';
import type { Series } from '../../shared/windows/series.js';

const HEADER_BYTES = 5;
const LONG_BYTES = 10;
const DOUBLES = 7;
/** What stands between tenant and metric in a record's key. */
const BAR = 0x7c;
/** The union's first branch, null. */
const NO_QUANTILES = Buffer.from([0]);
const NOTHING: Buffer = Buffer.alloc(0);

/** What all windows that close together have in common. */
export interface Closing {
  /** Name of the definition. */
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
  readonly watermark: Millis;
  readonly emittedAt: Millis;
}

/**
 * Writes WindowAggregates in Confluent wire format straight from the aggregates' numbers.
 *
 * Windows are most of what the worker writes, and going through objects and a general encoder
 * costs several times as much; a test holds the bytes against that encoder. What windows have in
 * common is encoded once: the identity per series, names and times per closing.
 */
export class WindowWriter {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  /** By name: definitions are few. */
  readonly #names = new Map<string, Buffer>();
  /** Of the window that is closing: name, start and end; watermark and time of emission. */
  #front: Buffer = NOTHING;
  #back: Buffer = NOTHING;
  /** The batch's buffer, and a view of it. */
  #room: Buffer = NOTHING;
  #doubles: DataView = new DataView(new ArrayBuffer(8));

  constructor(schemaId: number) {
    this.#header.writeInt32BE(schemaId, 1);
  }

  /** To be called before the windows of a closing are written. */
  begin({ window, start, end, watermark, emittedAt }: Closing): void {
    this.#front = Buffer.concat([this.#nameOf(window), long(start), long(end)]);
    this.#back = Buffer.concat([long(watermark), long(emittedAt)]);
  }

  /** Appends the series' window to `outputs`. */
  write(outputs: OutputBatch, series: Series, cells: Float64Array, row: number, quantiles: Quantiles): void {
    series.encoded ??= identityOf(series);
    const identity = series.encoded;
    const estimates = quantiles === null ? NO_QUANTILES : quantileMap(quantiles);
    const fixed = HEADER_BYTES + LONG_BYTES + DOUBLES * 8 + this.#front.length + this.#back.length;
    // The key is a part of the identity over again.
    const room = outputs.room(fixed + 2 * identity.length + 1 + estimates.length);
    if (room !== this.#room) {
      this.#room = room;
      this.#doubles = new DataView(room.buffer, room.byteOffset, room.length);
    }
    const keyStart = outputs.at;
    const keyEnd = writeKey(identity, room, keyStart);

    let at = copy(this.#header, room, keyEnd);
    at = copy(identity, room, at);
    at = copy(this.#front, room, at);
    const count = cells[row + COUNT] as number;
    at = writeLong(room, at, count);
    const sum = sumOf(cells, row);
    const doubles = this.#doubles;
    doubles.setFloat64(at, sum, true);
    doubles.setFloat64(at + 8, cells[row + MIN] as number, true);
    doubles.setFloat64(at + 16, cells[row + MAX] as number, true);
    doubles.setFloat64(at + 24, sum / count, true);
    doubles.setFloat64(at + 32, stddevOf(cells, row), true);
    doubles.setFloat64(at + 40, cells[row + FIRST] as number, true);
    doubles.setFloat64(at + 48, cells[row + LAST] as number, true);
    at = copy(estimates, room, at + DOUBLES * 8);
    at = copy(this.#back, room, at);
    outputs.at = at;
    outputs.append('windows', room, keyStart, keyEnd, room, keyEnd, at);
  }

  #nameOf(window: string): Buffer {
    let name = this.#names.get(window);
    if (name === undefined) {
      name = text(window);
      this.#names.set(window, name);
    }
    return name;
  }
}

/** `tenantId|metric` from the two strings that an identity begins with. */
function writeKey(identity: Buffer, to: Buffer, start: number): number {
  let from = 0;
  let at = start;
  for (let part = 0; part < 2; part++) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = identity[from++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (part === 1) to[at++] = BAR;
    for (const end = from + (length >>> 1); from < end; ) to[at++] = identity[from++] as number;
  }
  return at;
}

/** These runs are short: a loop is faster than a call into the runtime. */
function copy(from: Buffer, to: Buffer, start: number): number {
  for (let i = 0; i < from.length; i++) to[start + i] = from[i] as number;
  return start + from.length;
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

/** tenantId, metric and tags as the schema has them. */
function identityOf({ tenantId, metric, tags }: Series): Buffer {
  const entries = Object.entries(tags);
  return Buffer.concat([
    text(tenantId),
    text(metric),
    ...(entries.length > 0 ? [long(entries.length)] : []),
    ...entries.flatMap(([name, value]) => [text(name), text(value)]),
    long(0),
  ]);
}

/** The union's second branch, a map of doubles. */
function quantileMap(quantiles: Readonly<Record<string, number>>): Buffer {
  const entries = Object.entries(quantiles).map(([name, value]) => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    return Buffer.concat([text(name), double]);
  });
  const count = entries.length > 0 ? [long(entries.length)] : [];
  return Buffer.concat([long(1), ...count, ...entries, long(0)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([long(bytes.length), bytes]);
}
