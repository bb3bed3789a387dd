import type { MetricPoint } from '../../../schemas/types.js';
import { PLACES, type RecordSegment, VALUE_LENGTH, VALUE_START } from '../../../shared/core/record-batch.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import { KnownLayouts } from '../../../shared/wire/confluent-header.js';
import { isAllowedValue, KINDS, MetricPointReader } from '../../../shared/wire/metric-point-reader.js';
import { IntegerArray, NumberArray, TextArray, TimeArray } from './binary-arrays.js';
import type { KnownSeries, SeriesColumns } from './known-series.js';

const MINUTE_MS = 60_000;
const KIND_NAMES = KINDS.map((kind) => Buffer.from(kind));

/**
 * The points of one statement as arrays, one per column, filled from the bytes of the records.
 *
 * Tenant, metric and tags of each series are in arrays of their own, and a point has the number of its
 * series: most points are of few series, whose tags the server then parses once.
 */
export class PointColumns {
  readonly #tenants = new TextArray(1_000);
  readonly #metrics = new TextArray(1_000);
  readonly #tags = new TextArray(1_000);
  readonly #series: IntegerArray;
  readonly #times: TimeArray;
  readonly #values: NumberArray;
  readonly #ids: TextArray;
  readonly #units: TextArray;
  readonly #sources: TextArray;
  readonly #kinds: TextArray;
  readonly #starts: TimeArray;
  readonly #minutes = new Set<number>();
  readonly #minuteArray = new TimeArray(16);
  readonly #point = new MetricPointReader();
  readonly #layouts: KnownLayouts;

  constructor(
    private readonly decoder: ValueDecoder<MetricPoint>,
    private readonly known: KnownSeries,
    rows: number,
  ) {
    this.#layouts = new KnownLayouts(decoder, this.#point);
    this.#series = new IntegerArray(rows);
    this.#times = new TimeArray(rows);
    this.#values = new NumberArray(rows);
    this.#ids = new TextArray(rows);
    this.#units = new TextArray(rows);
    this.#sources = new TextArray(rows);
    this.#kinds = new TextArray(rows);
    this.#starts = new TimeArray(rows);
  }

  get length(): number {
    return this.#times.length;
  }

  clear(): void {
    this.known.startStatement();
    this.#minutes.clear();
    for (const array of this.#all()) array.clear();
  }

  /**
   * Appends records `from` to `to` of a segment.
   *
   * @param others receives the index in the segment of each record that needs the full decoder: of a schema that is
   *   laid out in another way, or with a value that these columns do not take
   */
  fill(segment: RecordSegment, from: number, to: number, others: number[]): void {
    const point = this.#point;
    const layouts = this.#layouts;
    const { bytes, places } = segment;
    const allInPlace = layouts.use(segment);
    point.use(bytes);
    for (let i = from; i < to; i++) {
      const start = places[i * PLACES + VALUE_START] as number;
      const size = places[i * PLACES + VALUE_LENGTH] as number;
      const readable =
        (allInPlace || layouts.has(start, size)) &&
        point.read(start, size) &&
        point.readRest() &&
        TimeArray.accepts(point.timestamp) &&
        (Number.isNaN(point.startTimestamp) || TimeArray.accepts(point.startTimestamp)) &&
        isAllowedValue(point.value);
      const series = readable ? this.#seriesOf(bytes, start, size) : -1;
      if (series < 0) {
        others.push(i);
        continue;
      }
      this.#series.add(series);
      this.#times.add(point.timestamp);
      this.#values.add(point.value);
      this.#ids.add(bytes, point.idStart, point.idEnd);
      if (point.unitEnd < 0) this.#units.addNull();
      else this.#units.add(bytes, point.unitStart, point.unitEnd);
      if (point.sourceEnd < 0) this.#sources.addNull();
      else this.#sources.add(bytes, point.sourceStart, point.sourceEnd);
      const kind = KIND_NAMES[point.kind] as Buffer;
      this.#kinds.add(kind, 0, kind.length);
      if (Number.isNaN(point.startTimestamp)) this.#starts.addNull();
      else this.#starts.add(point.startTimestamp);
      this.#minutes.add(Math.floor(point.timestamp / MINUTE_MS));
    }
  }

  /** In the order of the statement's parameters: tenants, metrics, tags, the points' columns, the minutes. */
  parameters(): Buffer[] {
    // Sorted, so that concurrent writers take their row locks in the same order.
    this.#minuteArray.clear();
    for (const minute of [...this.#minutes].sort((a, b) => a - b)) this.#minuteArray.add(minute * MINUTE_MS);
    return this.#all().map((array) => array.parameter());
  }

  #all() {
    return [
      this.#tenants,
      this.#metrics,
      this.#tags,
      this.#series,
      this.#times,
      this.#values,
      this.#ids,
      this.#units,
      this.#sources,
      this.#kinds,
      this.#starts,
      this.#minuteArray,
    ];
  }

  /** The number of the record's series in this statement, or -1 if the record cannot be decoded. */
  #seriesOf(bytes: Buffer, start: number, size: number): number {
    return this.known.number(
      this.#point.words,
      this.#point.seriesStart,
      this.#point.seriesEnd,
      () => this.decoder.decode(bytes.subarray(start, start + size)),
      this.#addSeries,
    );
  }

  readonly #addSeries = ({ tenant, metric, tags }: SeriesColumns): number => {
    this.#tenants.add(tenant, 0, tenant.length);
    this.#metrics.add(metric, 0, metric.length);
    this.#tags.add(tags, 0, tags.length);
    return this.#tenants.length;
  };
}
