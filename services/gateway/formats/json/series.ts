import type { Millis } from '../../../../shared/core/clock.js';
import { buildSeries } from '../../points/build-series.js';
import { MAX_KEY_BYTES, type SeriesTable } from '../../points/series-cache.js';
import { CUMULATIVE, DELTA, GAUGE, type SeriesEntry } from '../../points/series-entry.js';
import type { RecordSink } from '../format.js';
import { FieldError, type Fields, objectOf, optionalText, tagsOf, tagText, textField } from './fields.js';

/** A point of kind member is an element of a set, which only ingest makes. */
const KINDS = new Map([
  ['gauge', GAUGE],
  ['delta', DELTA],
  ['cumulative', CUMULATIVE],
]);
/** UTF-16 takes up to three bytes for each of its units as UTF-8. */
const MAX_UNIT_BYTES = 3;

/** The series of points as JSON, of one tenant in one request at a time: built once, and from then on found by what names them. */
export class JsonSeries {
  readonly #key = Buffer.alloc(MAX_KEY_BYTES);
  readonly #view = new DataView(this.#key.buffer, this.#key.byteOffset, this.#key.length);
  #sink: Pick<RecordSink, 'checkSeries'> | null = null;
  #table: SeriesTable<SeriesEntry> | null = null;

  use(sink: Pick<RecordSink, 'cache' | 'checkSeries'>, tenantId: string, now: Millis): void {
    this.#sink = sink;
    this.#table = sink.cache.open(tenantId, 'json', now);
  }

  /** @throws FieldError */
  entryOf(fields: Fields): SeriesEntry {
    const metric = metricOf(fields);
    const unit = optionalText(fields, 'unit');
    const kind = kindOf(fields);
    // With the lengths of all parts no two series have the same key, whatever they consist of.
    let text = `${kind}${unit === null ? '-' : `${unit.length} ${unit}`} ${metric.length} ${metric}`;
    const { tags } = fields;
    if (tags !== undefined && tags !== null)
      for (const [name, given] of Object.entries(objectOf('tags', tags))) {
        const value = tagText(name, given);
        text += `${name.length} ${value.length} ${name}${value}`;
      }
    if (text.length * MAX_UNIT_BYTES > MAX_KEY_BYTES || !text.isWellFormed())
      return this.#build(fields, metric, unit, kind);
    const table = this.#table as SeriesTable<SeriesEntry>;
    const length = this.#key.write(text);
    const known = table.find(this.#view, 0, length);
    if (known !== null) return known;
    const entry = this.#build(fields, metric, unit, kind);
    table.add(this.#view, 0, length, entry);
    return entry;
  }

  #build(fields: Fields, metric: string, unit: string | null, kind: number): SeriesEntry {
    const { checkSeries } = this.#sink as Pick<RecordSink, 'checkSeries'>;
    const entry = buildSeries(metric, tagsOf(fields), checkSeries);
    entry.kind = kind;
    entry.unit = unit;
    return entry;
  }
}

/** It has two names, of which a point with both may only say the same. */
function metricOf(fields: Fields): string {
  const { metric, name } = fields;
  if (name === undefined || name === null) return textField(fields, 'metric');
  if (metric !== undefined && metric !== null && metric !== name)
    throw new FieldError('name', name, 'the same as metric, or only one of both');
  return textField(fields, 'name');
}

function kindOf(fields: Fields): number {
  const kind = fields.kind ?? 'gauge';
  const found = typeof kind === 'string' ? KINDS.get(kind) : undefined;
  if (found === undefined) throw new FieldError('kind', kind, `one of ${[...KINDS.keys()].join(', ')}`);
  return found;
}
