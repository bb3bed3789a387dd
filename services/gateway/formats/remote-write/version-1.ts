import { isUtf8 } from 'node:buffer';
import type { SeriesTable } from '../../points/series-cache.js';
import { CUMULATIVE, GAUGE, type SeriesEntry } from '../../points/series-entry.js';
import { type Decoding, MAX_LABELS, UndecodableError } from '../decoding.js';
import { BYTES, ProtobufReader, VARINT } from '../protobuf/reader.js';
import { type Families, FamiliesByTenant } from './families.js';
import { NOT_UTF8, type RemoteWriteCounts, SampleReader, seriesOfLabels, tooManyLabels } from './series.js';

/** Field 1 and field 2 with a length, as they begin in a TimeSeries: a label and a sample. */
const LABEL_TAG = 0x0a;
const SAMPLE_TAG = 0x12;
/** Before the labels in the keys of what a native histogram makes; no label begins so. */
const COUNT_KEY = 1;
const SUM_KEY = 2;
const GAUGE_KEY = 4;

/**
 * Decodes Prometheus' WriteRequest (remote write 1.0). The labels of a series that is known are compared with what came
 * before, and not read.
 */
export class RemoteWrite1 {
  readonly #reader = new ProtobufReader();
  readonly #samples = new SampleReader(this.#reader);
  readonly #tenants = new FamiliesByTenant();

  /** @throws UndecodableError; then points may have been passed on already */
  decode(body: Buffer, decoding: Decoding, counts: RemoteWriteCounts): void {
    const reader = this.#reader;
    reader.use(body);
    this.#samples.begin(decoding);
    const families = this.#tenants.of(decoding.tenantId);
    const table = decoding.cache.open<SeriesEntry>(decoding.tenantId, 'remote-write-1', decoding.now);
    let item = 0;
    try {
      while (reader.next(body.length)) {
        const { field, from, to } = reader;
        if (field === 1) {
          reader.expect(BYTES);
          this.#series(from, to, item, table, families, decoding, counts);
          item += 1;
        } else if (field === 3) {
          reader.expect(BYTES);
          this.#metadata(from, to, families);
        }
        reader.at = to;
      }
    } catch (error) {
      if (error instanceof UndecodableError) error.message = `timeseries ${item}: ${error.message}`;
      throw error;
    }
    decoding.columns.flush();
  }

  #series(
    from: number,
    to: number,
    item: number,
    table: SeriesTable<SeriesEntry>,
    families: Families,
    decoding: Decoding,
    counts: RemoteWriteCounts,
  ): void {
    const reader = this.#reader;
    const { bytes, view } = reader;
    let entry = table.next(view, from, to);
    let labelsEnd = from + table.keyLength;
    // The labels of another series may go on where those that were expected end.
    if (entry === null || !this.#isRest(labelsEnd, to)) {
      labelsEnd = from;
      while (bytes[labelsEnd] === LABEL_TAG && labelsEnd < to) {
        reader.at = labelsEnd;
        reader.next(to);
        labelsEnd = reader.at;
      }
      if (!this.#isRest(labelsEnd, to)) {
        const labels = this.#gathered(from, to);
        entry = this.#build(labels, '', decoding);
        families.apply(entry);
        this.#samplesOf(entry, labels, from, to, item, table, decoding, counts);
        return;
      }
      entry = table.find(view, from, labelsEnd);
      if (entry === null) {
        entry = this.#build(bytes.subarray(from, labelsEnd), '', decoding);
        table.add(view, from, labelsEnd, entry);
      }
    }
    if (entry.metadata !== families.version) families.apply(entry);
    this.#samplesOf(entry, null, labelsEnd, to, item, table, decoding, counts, from);
  }

  #samplesOf(
    entry: SeriesEntry,
    labels: Buffer | null,
    start: number,
    to: number,
    item: number,
    table: SeriesTable<SeriesEntry>,
    decoding: Decoding,
    counts: RemoteWriteCounts,
    labelsFrom = start,
  ): void {
    const reader = this.#reader;
    reader.at = start;
    while (reader.next(to)) {
      const next = reader.at;
      if (reader.field === 2) {
        if (!this.#samples.sample(entry, 0, item, decoding)) counts.samplesLeftOut += 1;
      } else if (reader.field === 4) {
        const own = labels ?? reader.bytes.subarray(labelsFrom, start);
        if (!this.#histogram(own, item, table, decoding)) counts.histogramsLeftOut += 1;
      }
      reader.at = next;
    }
  }

  /** Whether no label follows: one may where somebody writes fields in another order. */
  #isRest(start: number, to: number): boolean {
    const reader = this.#reader;
    const { bytes } = reader;
    // One sample, as nearly always; a length of up to 127 is one byte.
    if (bytes[start] === SAMPLE_TAG && start + 2 + (bytes[start + 1] as number) === to) return true;
    reader.at = start;
    while (reader.next(to)) if (reader.field === 1) return false;
    return true;
  }

  /** The labels of a series that are not all in front, one behind the other. */
  #gathered(from: number, to: number): Buffer {
    const reader = this.#reader;
    const runs: Buffer[] = [];
    reader.at = from;
    for (let start = from; reader.next(to); start = reader.at)
      if (reader.field === 1) runs.push(reader.bytes.subarray(start, reader.at));
    return Buffer.concat(runs);
  }

  /** @returns false when it makes no points */
  #histogram(labels: Buffer, item: number, table: SeriesTable<SeriesEntry>, decoding: Decoding): boolean {
    const read = this.#samples.histogram(0, decoding);
    if (read === null) return false;
    const of = (suffix: string, mark: number) => {
      const key = Buffer.concat([Buffer.of(read.isGauge ? mark + GAUGE_KEY : mark), labels]);
      const view = new DataView(key.buffer, key.byteOffset, key.length);
      let entry = table.find(view, 0, key.length);
      if (entry === null) {
        entry = this.#build(labels, suffix, decoding);
        entry.kind = read.isGauge ? GAUGE : CUMULATIVE;
        table.add(view, 0, key.length, entry);
      }
      return entry;
    };
    return this.#samples.addHistogram(read, of('.count', COUNT_KEY), of('.sum', SUM_KEY), item, decoding);
  }

  /** Reads labels, which may lie in other bytes than the body. */
  #build(labels: Buffer, suffix: string, decoding: Decoding): SeriesEntry {
    const reader = new ProtobufReader();
    reader.use(labels);
    const texts: string[] = [];
    let count = 0;
    while (reader.next(labels.length)) {
      if (reader.field !== 1) continue;
      reader.expect(BYTES);
      count += 1;
      if (count > MAX_LABELS) continue;
      const end = reader.to;
      let name = '';
      let value = '';
      reader.at = reader.from;
      while (reader.next(end)) {
        if (reader.field > 2) continue;
        reader.expect(BYTES);
        const bytes = labels.subarray(reader.from, reader.to);
        if (!isUtf8(bytes)) return NOT_UTF8;
        if (reader.field === 1) name = bytes.toString('utf8');
        else value = bytes.toString('utf8');
      }
      texts.push(name, value);
    }
    return count > MAX_LABELS ? tooManyLabels(count) : seriesOfLabels(texts, suffix, decoding);
  }

  #metadata(from: number, to: number, families: Families): void {
    const reader = this.#reader;
    let type = 0;
    let name = '';
    let unit = '';
    reader.at = from;
    while (reader.next(to))
      if (reader.field === 1) {
        reader.expect(VARINT);
        type = reader.unsigned;
      } else if (reader.field === 2 || reader.field === 5) {
        reader.expect(BYTES);
        const text = reader.bytes.toString('utf8', reader.from, Math.min(reader.to, reader.from + 1_024));
        if (reader.field === 2) name = text;
        else unit = text;
      }
    if (name !== '') this.#tenants.set(families, name, { type, unit });
  }
}
