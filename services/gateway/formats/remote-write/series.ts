import { buildSeries, rejectedSeries } from '../../points/build-series.js';
import { HISTOGRAM, type PointColumns, SAME_ITEM } from '../../points/point-columns.js';
import type { SeriesEntry } from '../../points/series-entry.js';
import { type Decoding, MAX_REQUEST_POINTS, UndecodableError, whyNoPoint } from '../decoding.js';
import { BYTES, type ProtobufReader, VARINT } from '../protobuf/reader.js';

const NAME = '__name__';
/** What became of a histogram whose counts may fall. */
export const RESET_HINT_GAUGE = 3;

/** What of a request makes no points and is no mistake, for the answer: it counts as written. */
export interface RemoteWriteCounts {
  samplesLeftOut: number;
  histogramsLeftOut: number;
}

/** A native histogram, as far as it makes points. */
export interface NativeHistogram {
  count: number;
  timestamp: number;
  startTimestamp: number;
  isGauge: boolean;
  /** Place of its sum, or -1. */
  sumAt: number;
}

/**
 * The entry of a series from its labels.
 *
 * @param labels name and value in turn, valid UTF-8
 * @param suffix of the metric's name
 */
export function seriesOfLabels(labels: readonly string[], suffix: string, decoding: Decoding): SeriesEntry {
  const tags: Record<string, string> = Object.create(null);
  let metric = '';
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string;
    const value = labels[i + 1] as string;
    // Prometheus takes an empty label for one that is not there.
    if (value === '') continue;
    if (Object.hasOwn(tags, name) || (name === NAME && metric !== ''))
      return rejectedSeries(metric, {
        code: 'TACTUS_FIELD_INVALID',
        message: `the label ${JSON.stringify(name.slice(0, 64))} comes twice; allowed is once`,
      });
    if (name === NAME) metric = value;
    else tags[name] = value;
  }
  if (metric === '')
    return rejectedSeries('', { code: 'TACTUS_FIELD_EMPTY', message: `the series has no label ${NAME}` });
  return buildSeries(metric + suffix, tags, decoding.checkSeries);
}

export function tooManyLabels(count: number): SeriesEntry {
  return rejectedSeries('', {
    code: 'TACTUS_TAGS_TOO_MANY',
    message: `the series has ${count} labels, which is more than any limit allows`,
  });
}

export const NOT_UTF8 = rejectedSeries('', {
  code: 'TACTUS_FIELD_BAD_CHARACTER',
  message: 'a label is not valid UTF-8',
});

/** Adds the points of samples and histograms, which both versions have alike. */
export class SampleReader {
  #columns: PointColumns | null = null;
  #lastTime = Number.NaN;
  #points = 0;
  readonly #histogram: NativeHistogram = {
    count: 0,
    timestamp: 0,
    startTimestamp: 0,
    isGauge: false,
    sumAt: -1,
  };

  constructor(private readonly reader: ProtobufReader) {}

  begin({ columns }: Decoding): void {
    this.#columns = columns;
    this.#lastTime = Number.NaN;
    this.#points = 0;
  }

  /**
   * Reads the Sample that the reader's field holds.
   *
   * @returns false when it makes no point
   */
  sample(entry: SeriesEntry, created: number, item: number, { outcome }: Decoding): boolean {
    const { reader } = this;
    reader.expect(BYTES);
    const end = reader.to;
    let valueAt = -1;
    let time = 0;
    let start = created;
    reader.at = reader.from;
    while (reader.next(end))
      if (reader.field === 1) {
        reader.double();
        valueAt = reader.from;
      } else if (reader.field === 2) time = this.#time();
      else if (reader.field === 3) start = this.#time() || created;
    this.#count();
    const value = valueAt < 0 ? 0 : reader.view.getFloat64(valueAt, true);
    if (value - value !== 0) {
      outcome.leaveOut(whyNoPoint(reader.view, valueAt));
      return false;
    }
    this.#add(entry, time, value, start, item, 0);
    return true;
  }

  /** Reads the Histogram that the reader's field holds; null when it makes no points. */
  histogram(created: number, { outcome }: Decoding): NativeHistogram | null {
    const { reader } = this;
    reader.expect(BYTES);
    const end = reader.to;
    const read = this.#histogram;
    read.count = 0;
    read.timestamp = 0;
    read.startTimestamp = created;
    read.isGauge = false;
    read.sumAt = -1;
    reader.at = reader.from;
    while (reader.next(end))
      switch (reader.field) {
        case 1:
          reader.expect(VARINT);
          read.count = reader.unsigned;
          break;
        case 2:
          read.count = reader.double();
          break;
        case 3:
          reader.double();
          read.sumAt = reader.from;
          break;
        case 14:
          reader.expect(VARINT);
          read.isGauge = reader.unsigned === RESET_HINT_GAUGE;
          break;
        case 15:
          read.timestamp = this.#time();
          break;
        case 17:
          read.startTimestamp = this.#time() || created;
      }
    this.#count();
    if (read.sumAt >= 0 && whyNoPoint(reader.view, read.sumAt) === 'stale') {
      outcome.leaveOut('stale');
      return null;
    }
    return read;
  }

  /**
   * Adds the points of what `histogram` has read.
   *
   * @returns false when there are none
   */
  addHistogram(
    { count, timestamp, startTimestamp, sumAt }: NativeHistogram,
    counts: SeriesEntry,
    sums: SeriesEntry,
    item: number,
    { outcome }: Decoding,
  ): boolean {
    const sum = sumAt < 0 ? 0 : this.reader.view.getFloat64(sumAt, true);
    let flags = HISTOGRAM;
    if (count - count === 0) {
      this.#add(counts, timestamp, count, startTimestamp, item, flags);
      flags |= SAME_ITEM;
    }
    if (sum - sum === 0) {
      this.#add(sums, timestamp, sum, startTimestamp, item, flags);
      return true;
    }
    outcome.leaveOut(whyNoPoint(this.reader.view, sumAt));
    return flags !== HISTOGRAM;
  }

  #add(entry: SeriesEntry, time: number, value: number, start: number, item: number, flags: number): void {
    const columns = this.#columns as PointColumns;
    if (time !== this.#lastTime) {
      this.#lastTime = time;
      columns.startTail();
      columns.appendNumber(time);
    }
    columns.add(entry, time, value, start > 0 && start <= time ? start : Number.NaN, item, flags);
  }

  #time(): number {
    this.reader.expect(VARINT);
    return this.reader.signed;
  }

  #count(): void {
    this.#points += 1;
    if (this.#points > MAX_REQUEST_POINTS)
      throw new UndecodableError(`more than ${MAX_REQUEST_POINTS} samples in one request`);
  }
}
