import type { PointColumns } from '../../points/point-columns.js';
import type { Format } from '../format.js';
import { answerItems, refuseJson } from './answers.js';
import { itemsOf } from './body.js';
import {
  FieldError,
  type Fields,
  fieldsOf,
  idOf,
  optionalFineTime,
  optionalId,
  requestKey,
} from './fields.js';
import { readItems } from './items.js';
import { JsonSeries } from './series.js';

const KNOWN = ['name', 'metric', 'value', 'tags', 'timestamp', 'id', 'unit', 'kind', 'tenantId'];
/** Of what is left of a millisecond. */
const MICROS_DIGITS = 3;

interface Row {
  readonly fields: Fields;
  readonly index: number;
}

const series = new JsonSeries();

/** Points as JSON: an object, an array or lines. */
export const jsonMetrics: Format = {
  name: 'json',
  scope: 'write:metrics',
  plainEncoding: 'identity',
  overQuota: () => 429,
  decode(request, sink, outcome) {
    const { body, mediaType, now, source } = request;
    const hasKey = requestKey(request) !== null;
    const byTenant = new Map<string, Row[]>();
    const read = (value: unknown) => fieldsOf(value, KNOWN);
    readItems(itemsOf(body, mediaType), request, outcome, read, (fields, tenantId, index) => {
      const rows = byTenant.get(tenantId);
      if (rows === undefined) byTenant.set(tenantId, [{ fields, index }]);
      else rows.push({ fields, index });
    });
    for (const [tenantId, rows] of byTenant) {
      const refused = sink.checkTenant(tenantId);
      if (refused !== null) for (const { index } of rows) outcome.refuse(index, refused);
      else
        sink.columns(tenantId, source, (columns) => {
          series.use(sink, tenantId, now);
          for (const { fields, index } of rows)
            try {
              const entry = series.entryOf(fields);
              const { value } = fields;
              if (typeof value !== 'number') throw new FieldError('value', value, 'a number');
              const fine = optionalFineTime(fields, 'timestamp');
              const time = fine === null ? null : Math.floor(fine);
              const own = optionalId(fields, 'id');
              const timestamp = time ?? now;
              if (own !== null || hasKey || time === null) {
                const id = own ?? idOf(request, index, () => null);
                columns.addGiven(entry, timestamp, value, index, id, own !== null);
              } else {
                // As the other formats have it: a point that comes in two of them counts once.
                columns.startTail();
                columns.appendNumber(time);
                if (fine !== null && fine !== time) appendMicros(columns, fine - time);
                columns.add(entry, time, value, Number.NaN, index, 0);
              }
            } catch (error) {
              if (!(error instanceof FieldError)) throw error;
              outcome.refuse(index, error.rejection);
            }
        });
    }
  },
  answer: answerItems,
  refuse: refuseJson,
};

/** @param rest of a millisecond */
function appendMicros(columns: PointColumns, rest: number): void {
  const text = Buffer.from(rest.toFixed(MICROS_DIGITS).slice(1));
  columns.appendBytes(text, 0, text.length);
}
