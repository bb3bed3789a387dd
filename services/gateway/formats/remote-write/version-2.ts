import { isUtf8 } from 'node:buffer';
import { rejectedSeries } from '../../points/build-series.js';
import type { SeriesTable } from '../../points/series-cache.js';
import { CUMULATIVE, GAUGE, type SeriesEntry, unitOf } from '../../points/series-entry.js';
import { type Decoding, MAX_LABELS, UndecodableError } from '../decoding.js';
import { BYTES, ProtobufReader, VARINT } from '../protobuf/reader.js';
import { kindOf } from './families.js';
import { NOT_UTF8, type RemoteWriteCounts, SampleReader, seriesOfLabels, tooManyLabels } from './series.js';

/** A request with more is refused. */
const MAX_SYMBOLS = 500_000;
const START_SYMBOLS = 4_096;
/** A key has what the series is, its unit, and its labels, each as one word. */
const HEAD_WORDS = 2;
const WORD_BYTES = 4;
/** Longer symbols have no serial: the series that have them are built anew each time. */
const MAX_SYMBOL_BYTES = 4_096;
/** Serials of symbols: not looked for yet, that of the empty one, and that of one that is too long. */
const UNKNOWN = 0;
const EMPTY = 1;
const TOO_LONG = -1;
/** What a serial takes in memory besides its text. */
const SERIAL_BYTES = 64;
/** What a point is of a native histogram. */
const PLAIN = 0;
const COUNT = 1;
const SUM = 2;
const GAUGE_COUNT = 3;
const GAUGE_SUM = 4;

/** Why the labels of a series cannot be found. */
const BAD_REFERENCE = rejectedSeries('', {
  code: 'TACTUS_FIELD_INVALID',
  message: 'labels_refs or unit_ref has a number beyond the symbols; allowed are places of symbols',
});
const ODD_REFERENCES = rejectedSeries('', {
  code: 'TACTUS_FIELD_INVALID',
  message: 'labels_refs has an odd count; allowed are pairs of name and value',
});

/** What stands for a text in keys: no two texts have the same. */
interface Serial {
  readonly serial: number;
  readonly bytes: number;
}

/**
 * Decodes Prometheus' io.prometheus.write.v2.Request (remote write 2.0). A symbol is looked for once in a request, and a
 * series by the serials of its symbols: their places change with each request.
 */
export class RemoteWrite2 {
  readonly #reader = new ProtobufReader();
  readonly #refs = new ProtobufReader();
  readonly #samples = new SampleReader(this.#reader);
  #symbols = 0;
  /** From and to of each. */
  #places = new Int32Array(2 * START_SYMBOLS);
  /** By symbol, what stands for it in keys. */
  #serials = new Int32Array(START_SYMBOLS);
  #lastSerial = EMPTY;
  #texts: SeriesTable<Serial> | null = null;
  readonly #words = new Int32Array(HEAD_WORDS + 2 * MAX_LABELS);
  readonly #key = new DataView(this.#words.buffer);
  /** References of the series at hand. */
  readonly #labels = new Int32Array(2 * MAX_LABELS);
  #labelCount = 0;
  #type = 0;
  #unit = 0;
  #created = 0;
  /** Samples and histograms of the series at hand, and where the first sample is; -1 for none. */
  #values = 0;
  #sampleFrom = -1;
  #sampleTo = -1;

  /** @throws UndecodableError; then points may have been passed on already */
  decode(body: Buffer, decoding: Decoding, counts: RemoteWriteCounts): void {
    const reader = this.#reader;
    reader.use(body);
    this.#refs.use(body);
    this.#samples.begin(decoding);
    this.#readSymbols(body.length);
    const { cache, tenantId, now } = decoding;
    this.#texts = cache.open<Serial>(tenantId, 'remote-write-2-symbols', now);
    this.#serials.fill(UNKNOWN, 0, this.#symbols);
    const table = cache.open<SeriesEntry>(tenantId, 'remote-write-2', now);
    let item = 0;
    try {
      reader.at = 0;
      while (reader.next(body.length)) {
        const { field, from, to } = reader;
        if (field === 5) {
          reader.expect(BYTES);
          this.#series(from, to, item, table, decoding, counts);
          item += 1;
        }
        reader.at = to;
      }
    } catch (error) {
      if (error instanceof UndecodableError) error.message = `timeseries ${item}: ${error.message}`;
      throw error;
    }
    decoding.columns.flush();
    if (this.#serials.length > START_SYMBOLS) {
      this.#places = new Int32Array(2 * START_SYMBOLS);
      this.#serials = new Int32Array(START_SYMBOLS);
    }
  }

  #readSymbols(end: number): void {
    const reader = this.#reader;
    this.#symbols = 0;
    while (reader.next(end)) {
      if (reader.field !== 4) continue;
      reader.expect(BYTES);
      if (this.#symbols === MAX_SYMBOLS) reader.fail(`more than ${MAX_SYMBOLS} symbols in one request`);
      if (2 * this.#symbols === this.#places.length) {
        const larger = new Int32Array(2 * this.#places.length);
        larger.set(this.#places);
        this.#places = larger;
        this.#serials = new Int32Array(this.#places.length / 2);
      }
      this.#places[2 * this.#symbols] = reader.from;
      this.#places[2 * this.#symbols + 1] = reader.to;
      this.#symbols += 1;
    }
  }

  #series(
    from: number,
    to: number,
    item: number,
    table: SeriesTable<SeriesEntry>,
    decoding: Decoding,
    counts: RemoteWriteCounts,
  ): void {
    const reader = this.#reader;
    this.#readHead(from, to);
    const entry = this.#entry(PLAIN, table, decoding);
    if (this.#values === 1 && this.#sampleTo >= 0) {
      // One sample, as nearly always.
      reader.from = this.#sampleFrom;
      reader.to = this.#sampleTo;
      reader.wire = BYTES;
      if (!this.#samples.sample(entry, this.#created, item, decoding)) counts.samplesLeftOut += 1;
      return;
    }
    reader.at = from;
    while (reader.next(to)) {
      const next = reader.at;
      if (reader.field === 2) {
        if (!this.#samples.sample(entry, this.#created, item, decoding)) counts.samplesLeftOut += 1;
      } else if (reader.field === 3 && !this.#histogram(item, table, decoding)) counts.histogramsLeftOut += 1;
      reader.at = next;
    }
  }

  /** @returns false when it makes no points */
  #histogram(item: number, table: SeriesTable<SeriesEntry>, decoding: Decoding): boolean {
    const read = this.#samples.histogram(this.#created, decoding);
    if (read === null) return false;
    const count = this.#entry(read.isGauge ? GAUGE_COUNT : COUNT, table, decoding);
    const sum = this.#entry(read.isGauge ? GAUGE_SUM : SUM, table, decoding);
    return this.#samples.addHistogram(read, count, sum, item, decoding);
  }

  /** Labels, metadata and what else is said of the series as a whole, wherever it stands. */
  #readHead(from: number, to: number): void {
    const reader = this.#reader;
    this.#labelCount = 0;
    this.#type = 0;
    this.#unit = 0;
    this.#created = 0;
    this.#values = 0;
    this.#sampleTo = -1;
    reader.at = from;
    while (reader.next(to)) {
      const next = reader.at;
      if (reader.field === 2 || reader.field === 3) {
        this.#values += 1;
        if (reader.field === 2 && this.#sampleTo < 0) {
          reader.expect(BYTES);
          this.#sampleFrom = reader.from;
          this.#sampleTo = reader.to;
        }
      } else if (reader.field === 1) {
        if (reader.wire === VARINT) this.#addLabel(reader.unsigned);
        else this.#readReferences();
      } else if (reader.field === 5) {
        this.#readMetadata();
      } else if (reader.field === 6) {
        reader.expect(VARINT);
        this.#created = reader.signed;
      }
      reader.at = next;
    }
  }

  #readMetadata(): void {
    const reader = this.#reader;
    reader.expect(BYTES);
    const end = reader.to;
    reader.at = reader.from;
    while (reader.next(end))
      if (reader.field === 1 || reader.field === 4) {
        reader.expect(VARINT);
        if (reader.field === 1) this.#type = reader.unsigned;
        else this.#unit = reader.unsigned;
      }
  }

  /** Packed, as all known senders write them. */
  #readReferences(): void {
    const reader = this.#reader;
    reader.expect(BYTES);
    const { bytes, to } = reader;
    const refs = this.#refs;
    let at = reader.from;
    while (at < to) {
      const byte = bytes[at] as number;
      if (byte < 0x80) {
        this.#addLabel(byte);
        at += 1;
      } else {
        refs.at = at;
        this.#addLabel(refs.varint(to));
        at = refs.at;
      }
    }
  }

  #addLabel(reference: number): void {
    if (this.#labelCount < this.#labels.length)
      this.#labels[this.#labelCount] = reference < this.#symbols ? reference : -1;
    this.#labelCount += 1;
  }

  /** @param part which of the series that these labels make */
  #entry(part: number, table: SeriesTable<SeriesEntry>, decoding: Decoding): SeriesEntry {
    if (this.#labelCount > this.#labels.length) return tooManyLabels(this.#labelCount / 2);
    if (this.#labelCount % 2 !== 0) return ODD_REFERENCES;
    if (this.#unit !== 0 && this.#unit >= this.#symbols) return BAD_REFERENCE;
    const length = this.#writeKey(part);
    if (length === -1) return BAD_REFERENCE;
    const kept = length === 0 ? null : table.find(this.#key, 0, length);
    if (kept !== null) return kept;
    const entry = this.#build(part, decoding);
    if (length > 0) table.add(this.#key, 0, length, entry);
    return entry;
  }

  /** @returns its length; 0 where a symbol is too long for one, -1 for a reference beyond the symbols */
  #writeKey(part: number): number {
    const words = this.#words;
    words[0] = (Math.min(this.#type, 0xff) << 8) | part;
    // No symbol at all is an empty one.
    let serial = this.#unit < this.#symbols ? this.#serial(this.#unit) : EMPTY;
    words[1] = serial;
    let isKey = serial !== TOO_LONG;
    for (let i = 0; i < this.#labelCount; i++) {
      const symbol = this.#labels[i] as number;
      if (symbol < 0) return -1;
      serial = this.#serial(symbol);
      words[HEAD_WORDS + i] = serial;
      isKey &&= serial !== TOO_LONG;
    }
    return isKey ? WORD_BYTES * (HEAD_WORDS + this.#labelCount) : 0;
  }

  #serial(symbol: number): number {
    const known = this.#serials[symbol] as number;
    if (known !== UNKNOWN) return known;
    const from = this.#places[2 * symbol] as number;
    const to = this.#places[2 * symbol + 1] as number;
    const serial = from === to ? EMPTY : to - from > MAX_SYMBOL_BYTES ? TOO_LONG : this.#intern(from, to);
    this.#serials[symbol] = serial;
    return serial;
  }

  #intern(from: number, to: number): number {
    const { view } = this.#reader;
    const texts = this.#texts as SeriesTable<Serial>;
    const kept = texts.find(view, from, to);
    if (kept !== null) return kept.serial;
    // Half of 32 bits: then all are given out again, long after those of the first round are gone.
    this.#lastSerial = this.#lastSerial === 0x7fffffff ? EMPTY + 1 : this.#lastSerial + 1;
    texts.add(view, from, to, { serial: this.#lastSerial, bytes: SERIAL_BYTES + to - from });
    return this.#lastSerial;
  }

  #build(part: number, decoding: Decoding): SeriesEntry {
    const texts: string[] = [];
    for (let i = 0; i < this.#labelCount; i++) {
      const bytes = this.#symbol(this.#labels[i] as number);
      if (!isUtf8(bytes)) return NOT_UTF8;
      texts.push(bytes.toString('utf8'));
    }
    const isCount = part === COUNT || part === GAUGE_COUNT;
    const suffix = part === PLAIN ? '' : isCount ? '.count' : '.sum';
    const entry = seriesOfLabels(texts, suffix, decoding);
    const unit = this.#unit < this.#symbols ? this.#symbol(this.#unit).toString('utf8') : '';
    entry.unit = unitOf(unit, isCount);
    if (part === PLAIN) entry.kind = kindOf(entry.metric, this.#type);
    else entry.kind = part >= GAUGE_COUNT ? GAUGE : CUMULATIVE;
    return entry;
  }

  #symbol(symbol: number): Buffer {
    const { bytes } = this.#reader;
    return bytes.subarray(this.#places[2 * symbol], this.#places[2 * symbol + 1]);
  }
}
