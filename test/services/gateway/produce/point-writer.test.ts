import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Outcome } from '../../../../services/gateway/formats/outcome.js';
import { HISTOGRAM, PointColumns, SAME_ITEM } from '../../../../services/gateway/points/point-columns.js';
import {
  KINDS,
  SeriesEntry,
  seriesHash,
  seriesIdentity,
} from '../../../../services/gateway/points/series-entry.js';
import { PointWriter } from '../../../../services/gateway/produce/point-writer.js';
import { AvroEncoder } from '../../../../shared/adapters/avro/value-codec.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { OutputBatch } from '../../../../shared/core/output-batch.js';
import { START } from '../../../support/point.js';

const SCHEMA_ID = 77;
const LIMITS = { maxFutureMs: 600_000, maxAgeMs: 3_600_000, maxValueBytes: 65_536, maxTags: 64 };
const encoder = new AvroEncoder(recordSchema(loadSchemas(), 'MetricPoint').schema, SCHEMA_ID);

const name = fc
  .string({ minLength: 1, maxLength: 80, unit: 'grapheme' })
  .filter((text) => !/\p{Cc}/u.test(text));
const sent = fc.record({
  metric: name,
  tags: fc.dictionary(name, name, { maxKeys: 8 }),
  timestamp: fc.integer({ min: START - 3_600_000, max: START + 600_000 }),
  value: fc.double({ noNaN: true, min: -1e150, max: 1e150 }),
  unit: fc.option(name, { nil: null }),
  kind: fc.integer({ min: 0, max: KINDS.length - 1 }),
  age: fc.option(fc.nat(1e9), { nil: null }),
});
const tenant = name.filter((text) => !text.includes('|'));

function entryOf({
  metric,
  tags,
  unit,
  kind,
}: {
  metric: string;
  tags: Record<string, string>;
  unit: string | null;
  kind: number;
}) {
  const identity = Buffer.from(seriesIdentity(metric, tags));
  const entry = new SeriesEntry(metric, identity, seriesHash(identity), null);
  entry.unit = unit;
  entry.kind = kind;
  return entry;
}

describe('points in columns', () => {
  it('become the bytes that the general encoder makes', () => {
    const property = fc.property(
      fc.array(sent, { maxLength: 20 }),
      tenant,
      fc.option(name, { nil: null }),
      (points, tenantId, source) => {
        const batch = new OutputBatch();
        const outcome = new Outcome();
        const writer = new PointWriter(LIMITS, SCHEMA_ID);
        writer.use(batch, outcome, START, tenantId, source);
        const columns = new PointColumns();
        columns.begin((full) => writer.write(full));
        for (const [i, point] of points.entries()) {
          columns.startTail();
          columns.appendNumber(point.timestamp);
          const started = point.age === null ? Number.NaN : point.timestamp - point.age;
          columns.add(entryOf(point), point.timestamp, point.value, started, i, 0);
        }
        columns.flush();
        const expected = points.map((point) => {
          const tags = Object.fromEntries(
            Object.keys(point.tags)
              .sort()
              .map((key) => [key, point.tags[key]]),
          );
          const { metric, timestamp, value, unit, age } = point;
          return {
            key: `${tenantId}|${metric}`,
            value: encoder.encode({
              ...{ tenantId, metric, tags, timestamp, value, unit, source },
              id: `${seriesHash(seriesIdentity(metric, point.tags)).toString('latin1')}${timestamp}`,
              kind: KINDS[point.kind],
              startTimestamp: age === null ? null : timestamp - age,
            }),
          };
        });
        assert.deepEqual(
          [...batch].map(({ key, value }) => ({ key: key?.toString(), value })),
          expected,
        );
        assert.equal(outcome.accepted, points.length);
      },
    );
    fc.assert(property);
  });

  it('are refused by the limits, one by one, and an item of several points is counted once', () => {
    const batch = new OutputBatch();
    const outcome = new Outcome();
    const writer = new PointWriter({ ...LIMITS, maxValueBytes: 200 }, SCHEMA_ID);
    writer.use(batch, outcome, START, 'acme', null);
    const columns = new PointColumns();
    columns.begin((full) => writer.write(full));
    const plain = { metric: 'm', tags: {}, unit: null, kind: 0 };
    const refusing = new SeriesEntry('m', Buffer.of(2, 109, 0), Buffer.from('s'), {
      code: 'TACTUS_FIELD_EMPTY',
      message: 'as it is',
    });
    columns.add(entryOf(plain), START, 1, Number.NaN, 0, HISTOGRAM);
    columns.add(entryOf(plain), START, 1, Number.NaN, 0, HISTOGRAM | SAME_ITEM);
    columns.add(entryOf(plain), START - 4_000_000, 1, Number.NaN, 1, 0);
    columns.add(entryOf(plain), START, 1e200, Number.NaN, 2, 0);
    columns.add(entryOf(plain), START, 1, START + 1, 3, 0);
    columns.add(refusing, START, 1, Number.NaN, 4, 0);
    columns.add(entryOf({ ...plain, tags: { long: 'x'.repeat(200) } }), START, 1, Number.NaN, 5, 0);
    columns.add(entryOf({ ...plain, unit: 'u'.repeat(300) }), START, 1, Number.NaN, 6, 0);
    columns.flush();
    assert.deepEqual([batch.length, outcome.accepted, outcome.histograms, outcome.refused], [2, 1, 1, 6]);
    assert.deepEqual(
      outcome.inWords.map(({ index, code }) => [index, code]),
      [
        [1, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
        [2, 'TACTUS_VALUE_TOO_LARGE'],
        [3, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
        [4, 'TACTUS_FIELD_EMPTY'],
        [5, 'TACTUS_RECORD_TOO_LARGE'],
        [6, 'TACTUS_FIELD_TOO_LONG'],
      ],
    );
  });
});
