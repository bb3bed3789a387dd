import { hash } from 'node:crypto';
import { buildSeries, rejectedSeries } from '../../points/build-series.js';
import { CUMULATIVE, DELTA, GAUGE, type SeriesEntry, unitOf } from '../../points/series-entry.js';
import { type Decoding, MAX_LABELS } from '../decoding.js';
import type { ProtobufReader } from '../protobuf/reader.js';
import { type Attributes, isPromoted, noAttributes, readAttribute, textOf } from './attributes.js';
import { originText, type Scope } from './envelope.js';
import { EXPONENTIAL_DATA, HISTOGRAM_DATA, SUMMARY_DATA } from './metric-point.js';

/** Serial of a context that is too long to be kept. */
export const NOT_KEPT = -1;

/** Resource and scope of metrics. */
export class MetricContext {
  readonly bytes: number;
  /** What ids depend on besides the series: all of resource and scope, of which tags are only a part. */
  readonly beyond: Buffer;
  readonly promoted: Attributes = noAttributes();

  constructor(
    /** Stands for it in the keys of series; no two in the process have the same, but for {@link NOT_KEPT}. */
    readonly serial: number,
    resource: Attributes,
    scope: Scope,
    length: number,
  ) {
    for (const name in resource) if (isPromoted(name)) this.promoted[name] = resource[name] as never;
    this.beyond = hash('sha256', originText(resource, scope), 'buffer');
    this.bytes = 512 + 4 * length;
  }
}

/** What a metric is, apart from its points. */
export interface Metric {
  name: string;
  unit: string;
  /** Number of the field in Metric that the points are in. */
  data: number;
  kind: number;
}

/** Memory that a series takes, and each part of it, besides names and tags. */
const OWN_BYTES = 512;
const PART_BYTES = 512;
/** Quantiles of a summary that are kept. */
const KEPT_QUANTILES = 4;
/** Most parts that the points of one set of attributes have, where that is not one. */
const PARTS: Readonly<Record<number, number>> = {
  [HISTOGRAM_DATA]: 4,
  [EXPONENTIAL_DATA]: 4,
  [SUMMARY_DATA]: 2 + KEPT_QUANTILES,
};

/** The series that the points of one set of attributes make. */
export class MetricSeries {
  readonly bytes: number;
  readonly #tags: Readonly<Record<string, string>>;
  readonly #quantiles = new Map<number, SeriesEntry>();
  readonly #parts = new Map<string, SeriesEntry>();

  private constructor(
    private readonly metric: Metric,
    private readonly context: MetricContext,
    tags: Readonly<Record<string, string>>,
    /** Of all points where they cannot be read. */
    private readonly rejected: SeriesEntry | null,
  ) {
    this.#tags = tags;
    let length = metric.name.length;
    for (const name in tags) length += name.length + (tags[name] as string).length;
    this.bytes = OWN_BYTES + (PARTS[metric.data] ?? 1) * (PART_BYTES + 3 * length);
  }

  /** Reads the attributes of a point, which are its fields with this number. */
  static read(
    reader: ProtobufReader,
    from: number,
    to: number,
    field: number,
    metric: Metric,
    context: MetricContext,
  ): MetricSeries {
    const attributes = noAttributes();
    const tags: Record<string, string> = Object.create(null);
    let count = 0;
    reader.at = from;
    while (reader.next(to)) {
      if (reader.field !== field) continue;
      count += 1;
      if (count <= MAX_LABELS) readAttribute(reader, attributes);
    }
    const own = { ...metric };
    if (count > MAX_LABELS)
      return new MetricSeries(
        own,
        context,
        tags,
        rejectedSeries(metric.name, {
          code: 'TACTUS_TAGS_TOO_MANY',
          message: `the point has ${count} attributes, which is more than any limit allows`,
        }),
      );
    for (const source of [context.promoted, attributes])
      for (const name in source) {
        const text = textOf(source[name] as never);
        // An empty value says nothing, and the attribute of a point replaces that of its resource.
        if (text === '') delete tags[name];
        else tags[name] = text;
      }
    return new MetricSeries(own, context, tags, null);
  }

  /** @param suffix of the metric's name: `.count` and such */
  part(suffix: string, kind: number, { checkSeries }: Decoding): SeriesEntry {
    if (this.rejected !== null) return this.rejected;
    let entry = this.#parts.get(suffix);
    if (entry === undefined) {
      entry = this.#build(suffix, this.#tags, kind, checkSeries);
      this.#parts.set(suffix, entry);
    }
    return entry;
  }

  /** The series of a quantile, which is a tag of it. */
  quantile(quantile: number, { checkSeries }: Decoding): SeriesEntry {
    if (this.rejected !== null) return this.rejected;
    let entry = this.#quantiles.get(quantile);
    if (entry === undefined) {
      const tags = Object.assign(Object.create(null), this.#tags, { quantile: String(quantile) });
      entry = this.#build('', tags, GAUGE, checkSeries);
      // As many as anybody has; what comes beyond is built each time.
      if (this.#quantiles.size < KEPT_QUANTILES) this.#quantiles.set(quantile, entry);
    }
    return entry;
  }

  #build(
    suffix: string,
    tags: Readonly<Record<string, string>>,
    kind: number,
    check: Decoding['checkSeries'],
  ): SeriesEntry {
    const { name, unit } = this.metric;
    const entry = buildSeries(name + suffix, tags, check, this.context.beyond);
    entry.kind = kind;
    entry.unit = unitOf(unit, suffix === '.count');
    return entry;
  }
}

/** By OTLP's AggregationTemporality; null where it is not stated, which is not allowed. */
export function kindOf(temporality: number, isMonotonic: boolean): number | null {
  if (temporality === 1) return DELTA;
  if (temporality === 2) return isMonotonic ? CUMULATIVE : GAUGE;
  return null;
}
