import { HISTOGRAM, SAME_ITEM } from '../../points/point-columns.js';
import type { SeriesTable } from '../../points/series-cache.js';
import { CUMULATIVE, DELTA, GAUGE, type SeriesEntry } from '../../points/series-entry.js';
import { type Decoding, MAX_REQUEST_POINTS, UndecodableError, whyNoPoint } from '../decoding.js';
import { BYTES, ProtobufReader, VARINT } from '../protobuf/reader.js';
import { onlyMessage, readAttributes, readScope } from './envelope.js';
import { DATA_FIELDS, GAUGE_DATA, MetricPoint, SUM_DATA, SUMMARY_DATA } from './metric-point.js';
import { kindOf, type Metric, MetricContext, MetricSeries, NOT_KEPT } from './metric-series.js';

const MAX_KEY_BYTES = 8_192;
const NO_TEMPORALITY = {
  code: 'TACTUS_FIELD_INVALID',
  message: 'aggregationTemporality is not stated; allowed are delta and cumulative',
} as const;
const NO_NAME = { code: 'TACTUS_FIELD_EMPTY', message: 'the metric has no name' } as const;
const NO_VALUE = {
  code: 'TACTUS_FIELD_INVALID',
  message: 'the point has neither asDouble nor asInt',
} as const;

/** Decodes OTLP's ExportMetricsServiceRequest. */
export class OtlpMetrics {
  readonly #reader = new ProtobufReader();
  readonly #point = new MetricPoint(this.#reader);
  readonly #key = Buffer.alloc(MAX_KEY_BYTES);
  readonly #keyView = new DataView(this.#key.buffer, this.#key.byteOffset, this.#key.length);
  readonly #metric: Metric = { name: '', unit: '', data: 0, kind: GAUGE };
  #lastSerial = 0;
  #item = 0;
  #series: SeriesTable<MetricSeries> | null = null;

  /**
   * @returns how many data points there are
   * @throws UndecodableError; then points may have been passed on already
   */
  decode(body: Buffer, decoding: Decoding): number {
    const reader = this.#reader;
    reader.use(body);
    this.#item = 0;
    this.#series = decoding.cache.open(decoding.tenantId, 'otlp', decoding.now);
    try {
      while (reader.next(body.length)) {
        const { at } = reader;
        if (reader.field === 1) this.#resourceMetrics(decoding);
        reader.at = at;
      }
    } catch (error) {
      if (error instanceof UndecodableError) error.message = `data point ${this.#item}: ${error.message}`;
      throw error;
    }
    decoding.columns.flush();
    return this.#item;
  }

  #resourceMetrics(decoding: Decoding): void {
    const reader = this.#reader;
    reader.expect(BYTES);
    const { from, to } = reader;
    const [resourceFrom, resourceTo] = onlyMessage(reader, from, to, 1);
    reader.at = from;
    while (reader.next(to)) {
      const { at } = reader;
      if (reader.field === 2) this.#scopeMetrics(resourceFrom, resourceTo, decoding);
      reader.at = at;
    }
  }

  #scopeMetrics(resourceFrom: number, resourceTo: number, decoding: Decoding): void {
    const reader = this.#reader;
    reader.expect(BYTES);
    const { from, to } = reader;
    const [scopeFrom, scopeTo] = onlyMessage(reader, from, to, 1);
    const context = this.#context(resourceFrom, resourceTo, scopeFrom, scopeTo, decoding);
    reader.at = from;
    while (reader.next(to)) {
      const { at } = reader;
      if (reader.field === 2) this.#takeMetric(context, decoding);
      reader.at = at;
    }
  }

  #context(
    resourceFrom: number,
    resourceTo: number,
    scopeFrom: number,
    scopeTo: number,
    { cache, tenantId, now }: Decoding,
  ): MetricContext {
    const table = cache.open<MetricContext>(tenantId, 'otlp-scopes', now);
    const { bytes } = this.#reader;
    const key = this.#key;
    const resourceLength = resourceTo - resourceFrom;
    const length = 4 + resourceLength + scopeTo - scopeFrom;
    const isKey = length <= MAX_KEY_BYTES;
    if (isKey) {
      key.writeUInt32LE(resourceLength, 0);
      bytes.copy(key, 4, resourceFrom, resourceTo);
      bytes.copy(key, 4 + resourceLength, scopeFrom, scopeTo);
      const kept = table.find(this.#keyView, 0, length);
      if (kept !== null) return kept;
    }
    // Of one that is not kept, no series can be found again.
    if (isKey) this.#lastSerial = (this.#lastSerial + 1) % 0x80000000;
    const scope = readScope(this.#reader, scopeFrom, scopeTo);
    const context = new MetricContext(
      isKey ? this.#lastSerial : NOT_KEPT,
      readAttributes(this.#reader, resourceFrom, resourceTo, 1),
      scope,
      length,
    );
    if (isKey) table.add(this.#keyView, 0, length, context);
    return context;
  }

  #takeMetric(context: MetricContext, decoding: Decoding): void {
    const reader = this.#reader;
    reader.expect(BYTES);
    const { from, to } = reader;
    const metric = this.#metric;
    metric.name = '';
    metric.unit = '';
    metric.data = 0;
    let dataFrom = 0;
    let dataTo = 0;
    reader.at = from;
    while (reader.next(to))
      if (reader.field === 1 || reader.field === 3) {
        reader.expect(BYTES);
        const text = reader.bytes.toString('utf8', reader.from, reader.to);
        if (reader.field === 1) metric.name = text;
        else metric.unit = text;
      } else if (DATA_FIELDS.has(reader.field)) {
        reader.expect(BYTES);
        if (metric.data !== 0) reader.fail('a metric has several kinds of data');
        metric.data = reader.field;
        dataFrom = reader.from;
        dataTo = reader.to;
      }
    const why = this.#readKind(dataFrom, dataTo);
    const rejection = metric.name === '' ? NO_NAME : why;
    const keyStart = this.#beginKey(context);
    reader.at = dataFrom;
    while (reader.next(dataTo)) {
      const { at } = reader;
      if (reader.field === 1) {
        this.#item += 1;
        if (this.#item > MAX_REQUEST_POINTS)
          reader.fail(`more than ${MAX_REQUEST_POINTS} data points in one request`);
        if (rejection === null) this.#dataPoint(context, keyStart, decoding);
        else decoding.outcome.refuse(this.#item - 1, rejection);
      }
      reader.at = at;
    }
  }

  /** Why none of the points can be taken; null when they can. */
  #readKind(from: number, to: number): typeof NO_TEMPORALITY | null {
    const reader = this.#reader;
    const metric = this.#metric;
    metric.kind = metric.data === SUMMARY_DATA ? CUMULATIVE : GAUGE;
    if (metric.data === 0 || metric.data === GAUGE_DATA || metric.data === SUMMARY_DATA) return null;
    let temporality = 0;
    let isMonotonic = metric.data !== SUM_DATA;
    reader.at = from;
    while (reader.next(to))
      if (reader.field === 2 || (reader.field === 3 && metric.data === SUM_DATA)) {
        reader.expect(VARINT);
        if (reader.field === 2) temporality = reader.unsigned;
        else isMonotonic = reader.unsigned !== 0;
      }
    const kind = kindOf(temporality, isMonotonic);
    metric.kind = kind ?? GAUGE;
    return kind === null ? NO_TEMPORALITY : null;
  }

  /** What the keys of all series of the metric begin with; -1 where their series are not kept. */
  #beginKey({ serial }: MetricContext): number {
    const { name, unit, data, kind } = this.#metric;
    const key = this.#key;
    if (serial === NOT_KEPT || name.length + unit.length > MAX_KEY_BYTES / 8) return -1;
    key.writeUInt32LE(serial, 0);
    key[4] = data;
    key[5] = kind;
    const nameLength = key.write(name, 10);
    const unitLength = key.write(unit, 10 + nameLength);
    key.writeUInt16LE(nameLength, 6);
    key.writeUInt16LE(unitLength, 8);
    return 10 + nameLength + unitLength;
  }

  #dataPoint(context: MetricContext, keyStart: number, decoding: Decoding): void {
    const reader = this.#reader;
    reader.expect(BYTES);
    const { from, to } = reader;
    const metric = this.#metric;
    const point = this.#point;
    const { outcome, columns } = decoding;
    const item = this.#item - 1;
    const keyEnd = point.read(from, to, metric.data, this.#key, keyStart);
    if (point.hasNoValue) {
      outcome.leaveOut('stale');
      return;
    }
    const table = this.#series as SeriesTable<MetricSeries>;
    let series = keyEnd < 0 ? null : table.find(this.#keyView, 0, keyEnd);
    if (series === null) {
      series = MetricSeries.read(reader, from, to, point.attributesField, metric, context);
      if (keyEnd >= 0) table.add(this.#keyView, 0, keyEnd, series);
    }
    const isGauge = metric.kind === GAUGE;
    columns.startTail();
    if (!isGauge && point.startMs > 0) {
      columns.appendNanos(point.startMs, point.startRest);
      columns.appendBytes(COLON, 0, 1);
    }
    columns.appendNanos(point.timeMs, point.timeRest);
    const start = !isGauge && point.startMs > 0 && point.startMs <= point.timeMs ? point.startMs : Number.NaN;
    let flags = metric.data === GAUGE_DATA || metric.data === SUM_DATA ? 0 : HISTOGRAM;
    const add = (entry: SeriesEntry, valueAt: number, value: number, from: number) => {
      if (value - value !== 0) outcome.leaveOut(whyNoPoint(reader.view, valueAt));
      else {
        columns.add(entry, point.timeMs, value, from, item, flags);
        flags |= SAME_ITEM;
      }
    };
    if (metric.data === GAUGE_DATA || metric.data === SUM_DATA) {
      if (point.valueAt < 0) outcome.refuse(item, NO_VALUE);
      else add(series.part('', metric.kind, decoding), point.valueAt, point.value, start);
      return;
    }
    const kind = metric.kind === DELTA ? DELTA : CUMULATIVE;
    add(series.part('.count', kind, decoding), -1, point.count, start);
    // A histogram may have no sum; a summary that does not state it has one of 0.
    if (point.sumAt >= 0 || metric.data === SUMMARY_DATA) {
      const sum = point.sumAt < 0 ? 0 : point.double(point.sumAt);
      add(series.part('.sum', kind, decoding), point.sumAt, sum, start);
    }
    for (const [suffix, at] of [
      ['.min', point.minAt],
      ['.max', point.maxAt],
    ] as const)
      if (at >= 0) add(series.part(suffix, GAUGE, decoding), at, point.double(at), Number.NaN);
    if (metric.data !== SUMMARY_DATA) return;
    reader.at = from;
    while (reader.next(to)) {
      const { at } = reader;
      if (reader.field === 6) {
        const { quantile, valueAt, value } = point.readQuantile();
        // One of 0 is not written at all.
        add(series.quantile(quantile, decoding), valueAt, value, Number.NaN);
      }
      reader.at = at;
    }
  }
}

const COLON = Buffer.from(':');
