import { seriesHash, seriesIdentity } from '../../points/series-entry.js';
import type { Format } from '../format.js';
import { answerItems, refuseJson } from './answers.js';
import { itemsOf } from './body.js';
import {
  FieldError,
  type Fields,
  fieldsOf,
  idOf,
  optionalId,
  optionalText,
  optionalTime,
  tagsOf,
  textField,
} from './fields.js';
import { readItems, WithoutDuplicates } from './items.js';

const KNOWN = ['name', 'metric', 'value', 'tags', 'timestamp', 'id', 'unit', 'kind', 'tenantId'];

const GIVEN_KINDS = ['gauge', 'delta', 'cumulative'] as const;

/** Points as JSON: an object, an array or lines. */
export const jsonMetrics: Format = {
  name: 'json',
  scope: 'write:metrics',
  plainEncoding: 'identity',
  overQuota: () => 429,
  decode(request, sink, outcome) {
    const { body, mediaType, now, source } = request;
    const unique = new WithoutDuplicates(outcome);
    const read = (value: unknown) => fieldsOf(value, KNOWN);
    readItems(itemsOf(body, mediaType), request, outcome, read, (fields, tenantId, index) => {
      const metric = metricOf(fields);
      const { value } = fields;
      if (typeof value !== 'number') throw new FieldError('value', value, 'a number');
      const tags = tagsOf(fields);
      const time = optionalTime(fields, 'timestamp');
      const own = optionalId(fields, 'id');
      // As the other formats have it: a point that comes in two of them counts once.
      const bySeries = () =>
        time === null ? null : seriesHash(seriesIdentity(metric, tags)).toString('latin1') + time;
      const id = own ?? idOf(request, index, bySeries);
      const kind = kindOf(fields);
      const unit = optionalText(fields, 'unit');
      const timestamp = time ?? now;
      const series = { tenantId, metric, tags };
      const point = { ...series, timestamp, value, id, unit, source, kind, startTimestamp: null };
      unique.take(tenantId, own, () => sink.point(point, index));
    });
  },
  answer: answerItems,
  refuse: refuseJson,
};

/** It has two names, of which a point with both may only say the same. */
function metricOf(fields: Fields): string {
  const { metric, name } = fields;
  if (name === undefined || name === null) return textField(fields, 'metric');
  if (metric !== undefined && metric !== null && metric !== name)
    throw new FieldError('name', name, 'the same as metric, or only one of both');
  return textField(fields, 'name');
}

/** A point of kind member is an element of a set, which only ingest makes. */
function kindOf(fields: Fields): (typeof GIVEN_KINDS)[number] {
  const kind = fields.kind ?? 'gauge';
  const found = GIVEN_KINDS.find((one) => one === kind);
  if (found === undefined) throw new FieldError('kind', kind, `one of ${GIVEN_KINDS.join(', ')}`);
  return found;
}
