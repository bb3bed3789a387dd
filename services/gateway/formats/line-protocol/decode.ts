import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { buildSeries } from '../../points/build-series.js';
import { MAX_KEY_BYTES as MAX_KEPT_BYTES, type SeriesTable } from '../../points/series-cache.js';
import type { SeriesEntry } from '../../points/series-entry.js';
import { type Decoding, MAX_LABELS, MAX_REQUEST_POINTS, UndecodableError } from '../decoding.js';
import type { Precision } from './precision.js';
import { numberOf, unescaped } from './values.js';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** Of one line. */
const MAX_FIELDS = 1_024;
const MAX_KEY_BYTES = 8_192;
/** Serial of a line whose measurement and tags are too long to be kept. */
const NOT_KEPT = -1;
const TIME = /^-?\d{1,19}$/;
const SHOWN = 64;
const NONCE_BYTES = 12;

/** Measurement and tags of a line. */
class LineSeries {
  readonly bytes: number;

  constructor(
    /** No two in the process have the same, but for {@link NOT_KEPT}: it stands for the measurement and the tags in the keys of fields. */
    readonly serial: number,
    readonly measurement: string,
    readonly tags: Readonly<Record<string, string>>,
    length: number,
  ) {
    this.bytes = 512 + 4 * length;
  }
}

/** What is wrong with a line; those after it go on. */
class LineError extends Error {}

/** Decodes InfluxDB's line protocol; each field that is a number or a boolean makes a point. */
export class LineProtocol {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #lastSerial = 0;
  #lines: SeriesTable<LineSeries> | null = null;
  #fields: SeriesTable<SeriesEntry> | null = null;
  readonly #key = Buffer.alloc(MAX_KEY_BYTES);
  readonly #keyView = new DataView(this.#key.buffer, this.#key.byteOffset, this.#key.length);
  readonly #entries: SeriesEntry[] = new Array(MAX_FIELDS);
  readonly #values = new Float64Array(MAX_FIELDS);
  #count = 0;
  /** Fields of the line, strings included. */
  #seen = 0;
  /** Of a point without a time: what no other request has. */
  #nonce: Buffer | null = null;

  /** @throws UndecodableError; then points may have been passed on already */
  decode(body: Buffer, precision: Precision, decoding: Decoding): void {
    this.#bytes = body;
    this.#at = 0;
    this.#nonce = null;
    this.#lines = decoding.cache.open(decoding.tenantId, 'line-protocol', decoding.now);
    this.#fields = decoding.cache.open(decoding.tenantId, 'line-protocol-fields', decoding.now);
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    let points = 0;
    for (let line = 1; this.#at < body.length; line++) {
      if (body[this.#at] === NEWLINE) {
        this.#at += 1;
        continue;
      }
      try {
        if (this.#isBlank()) continue;
        this.#line(view, line, precision, decoding);
        points += this.#seen;
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        decoding.outcome.refuse(line, {
          code: 'TACTUS_FIELD_INVALID',
          message: `line ${line}: ${error.message}`,
        });
        points += 1;
      } finally {
        this.#skipLine();
      }
      if (points > MAX_REQUEST_POINTS)
        throw new UndecodableError(`line ${line}: more than ${MAX_REQUEST_POINTS} points in one request`);
    }
    decoding.columns.flush();
  }

  #isBlank(): boolean {
    const bytes = this.#bytes;
    while (bytes[this.#at] === SPACE || bytes[this.#at] === TAB) this.#at += 1;
    return bytes[this.#at] === HASH || this.#isLineEnd();
  }

  /** A return ends a line only together with a newline: alone, what follows it would be left out unseen. */
  #isLineEnd(): boolean {
    const bytes = this.#bytes;
    const at = bytes[this.#at] === RETURN ? this.#at + 1 : this.#at;
    return at >= bytes.length || bytes[at] === NEWLINE;
  }

  #line(view: DataView, line: number, precision: Precision, decoding: Decoding): void {
    const bytes = this.#bytes;
    this.#count = 0;
    this.#seen = 0;
    const start = this.#at;
    const end = this.#scan(SPACE, -1);
    if (bytes[end] !== SPACE) throw new LineError(`missing fields in ${this.#shown(start)}`);
    const table = this.#lines as SeriesTable<LineSeries>;
    let series = table.find(view, start, end);
    if (series === null) {
      series = this.#series(start, end);
      table.add(view, start, end, series);
    }
    this.#skipSpaces();
    do this.#field(series, line, decoding);
    while (bytes[this.#at] === COMMA && ++this.#at > 0);
    this.#points(line, precision, decoding);
  }

  #series(start: number, end: number): LineSeries {
    const text = this.#bytes.subarray(start, end);
    if (!isUtf8(text)) throw new LineError('measurement and tags are not valid UTF-8');
    let at = start;
    const part = (stop: number) => {
      this.#at = at;
      const to = Math.min(this.#scan(stop, COMMA), end);
      const name = unescaped(this.#bytes.toString('utf8', at, to));
      at = to + 1;
      return name;
    };
    const measurement = part(COMMA);
    if (measurement === '') throw new LineError('missing measurement');
    const tags: Record<string, string> = Object.create(null);
    let count = 0;
    while (at <= end) {
      const from = at;
      const name = part(EQUALS);
      if (at > end || this.#bytes[at - 1] !== EQUALS || name === '')
        throw new LineError(`missing tag key or value at ${this.#shown(from)}`);
      const value = part(COMMA);
      if (value === '') throw new LineError(`missing value of tag ${JSON.stringify(name.slice(0, SHOWN))}`);
      if (Object.hasOwn(tags, name))
        throw new LineError(`tag ${JSON.stringify(name.slice(0, SHOWN))} comes twice`);
      tags[name] = value;
      count += 1;
      if (count > MAX_LABELS) throw new LineError(`more than ${MAX_LABELS} tags`);
    }
    this.#at = end;
    // Half of 32 bits: then all of them are given out again, long after the last of the first round is gone.
    const isKept = end - start <= MAX_KEPT_BYTES;
    if (isKept) this.#lastSerial = (this.#lastSerial + 1) % 0x80000000;
    return new LineSeries(isKept ? this.#lastSerial : NOT_KEPT, measurement, tags, end - start);
  }

  #field(series: LineSeries, line: number, { outcome, checkSeries }: Decoding): void {
    const bytes = this.#bytes;
    if (++this.#seen > MAX_FIELDS) throw new LineError(`more than ${MAX_FIELDS} fields`);
    const start = this.#at;
    const end = this.#scan(EQUALS, COMMA);
    if (bytes[end] !== EQUALS || end === start)
      throw new LineError(`missing field key or value at ${this.#shown(start)}`);
    this.#at = end + 1;
    if (bytes[this.#at] === QUOTE) {
      this.#skipString();
      outcome.refuse(line, {
        code: 'TACTUS_FIELD_INVALID',
        message: `line ${line}: field ${JSON.stringify(bytes.toString('utf8', start, Math.min(end, start + SHOWN)))} is a string; allowed are numbers and booleans`,
      });
      return;
    }
    const from = this.#at;
    while (!this.#isEnd(bytes[this.#at])) this.#at += 1;
    const value = numberOf(bytes.toString('latin1', from, this.#at));
    if (value === null) throw new LineError(`no number, boolean or string at ${this.#shown(from)}`);
    this.#entries[this.#count] = this.#entry(series, start, end, checkSeries);
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  #entry(series: LineSeries, start: number, end: number, check: Decoding['checkSeries']): SeriesEntry {
    const bytes = this.#bytes;
    const length = end - start + 4;
    const table = this.#fields as SeriesTable<SeriesEntry>;
    const isKey = series.serial !== NOT_KEPT && length <= MAX_KEY_BYTES;
    if (isKey) {
      this.#keyView.setUint32(0, series.serial, true);
      for (let i = 4; i < length; i++) this.#key[i] = bytes[start + i - 4] as number;
      const kept = table.find(this.#keyView, 0, length);
      if (kept !== null) return kept;
    }
    if (!isUtf8(bytes.subarray(start, end))) throw new LineError('a field key is not valid UTF-8');
    const name = unescaped(bytes.toString('utf8', start, end));
    const entry = buildSeries(`${series.measurement}.${name}`, series.tags, check);
    if (isKey) table.add(this.#keyView, 0, length, entry);
    return entry;
  }

  /** Reads the time, and adds what the line holds. */
  #points(line: number, precision: Precision, { columns, now }: Decoding): void {
    const bytes = this.#bytes;
    this.#skipSpaces();
    const start = this.#at;
    while (!this.#isEnd(bytes[this.#at]) && bytes[this.#at] !== COMMA) this.#at += 1;
    const end = this.#at;
    this.#skipSpaces();
    if (!this.#isLineEnd()) throw new LineError(`unexpected ${this.#shown(this.#at)} behind the fields`);
    let time = now;
    if (end > start && end - start > 20) throw new LineError(`bad timestamp ${this.#shown(start)}`);
    const text = bytes.toString('latin1', start, end);
    if (end > start) {
      if (!TIME.test(text)) throw new LineError(`bad timestamp ${this.#shown(start)}`);
      time = precision.toMillis(text);
    }
    columns.startTail();
    if (end > start) {
      columns.appendBytes(bytes, start, end);
      columns.appendBytes(precision.mark, 0, precision.mark.length);
    } else {
      this.#nonce ??= Buffer.from(`${randomBytes(NONCE_BYTES).toString('base64url')}:`);
      columns.appendBytes(this.#nonce, 0, this.#nonce.length);
      columns.appendNumber(line);
    }
    for (let i = 0; i < this.#count; i++)
      columns.add(this.#entries[i] as SeriesEntry, time, this.#values[i] as number, Number.NaN, line, 0);
  }

  /** The place of the first of two characters that is not escaped; of a line's end at the latest. */
  #scan(one: number, other: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    for (;;) {
      const byte = bytes[at];
      if (byte === one || byte === other || byte === undefined || byte === NEWLINE) break;
      at += byte === BACKSLASH && bytes[at + 1] !== NEWLINE && at + 1 < bytes.length ? 2 : 1;
    }
    this.#at = at;
    return at;
  }

  #skipString(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    this.#at += 1;
    while (bytes[this.#at] !== QUOTE) {
      if (this.#at >= bytes.length) {
        // The quote is the mistake: what follows is read line by line again.
        this.#at = start;
        throw new LineError(`a string is not ended at ${this.#shown(start)}`);
      }
      this.#at += bytes[this.#at] === BACKSLASH ? 2 : 1;
    }
    this.#at += 1;
    if (!this.#isEnd(bytes[this.#at]))
      throw new LineError(`unexpected ${this.#shown(this.#at)} behind a string`);
  }

  #isEnd(byte: number | undefined): boolean {
    return (
      byte === COMMA ||
      byte === SPACE ||
      byte === NEWLINE ||
      byte === undefined ||
      byte === RETURN ||
      byte === TAB
    );
  }

  #skipSpaces(): void {
    while (this.#bytes[this.#at] === SPACE) this.#at += 1;
  }

  #skipLine(): void {
    const end = this.#bytes.indexOf(NEWLINE, this.#at);
    this.#at = end < 0 ? this.#bytes.length : end + 1;
  }

  #shown(from: number): string {
    const bytes = this.#bytes;
    const newline = bytes.indexOf(NEWLINE, from);
    const end = Math.min(from + SHOWN, newline < 0 ? bytes.length : newline);
    return JSON.stringify(bytes.toString('utf8', from, end));
  }
}
