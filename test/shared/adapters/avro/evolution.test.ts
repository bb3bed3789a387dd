import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AlertControl, MetricPoint } from '../../../../schemas/types.js';
import { fixedSchemas } from '../../../../shared/adapters/avro/static-codecs.js';
import { AvroDecoder, AvroEncoder } from '../../../../shared/adapters/avro/value-codec.js';
import { mutedMatchers } from '../../../../shared/alerting/mutes.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import type { AvroRecord, AvroSchema } from '../../../../shared/core/avro-schema.js';
import { TactusError } from '../../../../shared/core/errors.js';

const today = recordSchema(loadSchemas(), 'MetricPoint').schema;
const POINT: MetricPoint = {
  tenantId: 'acme',
  metric: 'latency',
  tags: { host: 'a' },
  timestamp: 1_700_000_000_000,
  value: 1.5,
  id: 'id-1',
  unit: 'ms',
  source: 'test',
  kind: 'cumulative',
  startTimestamp: 1_600_000_000_000,
};

/** What today's reader makes of a value of another writer. */
function read(writer: AvroSchema, value: unknown): MetricPoint {
  const bytes = new AvroEncoder<unknown>(writer, 3).encode(value);
  return new AvroDecoder<MetricPoint>(today, fixedSchemas(new Map([[3, writer]]))).decode(bytes);
}

const withFields = (change: (fields: AvroRecord['fields']) => AvroRecord['fields']): AvroRecord => ({
  ...today,
  fields: change(today.fields),
});

test('an older writer without a field gives its default', () => {
  const older = withFields((fields) => fields.filter(({ name }) => name !== 'unit' && name !== 'tags'));
  assert.deepStrictEqual(read(older, POINT), { ...POINT, unit: null, tags: {} });
});

test('a default is a value of its own each time', () => {
  const older = withFields((fields) => fields.filter(({ name }) => name !== 'tags'));
  const bytes = new AvroEncoder<unknown>(older, 3).encode(POINT);
  const decoder = new AvroDecoder<MetricPoint>(today, fixedSchemas(new Map([[3, older]])));
  decoder.decode(bytes).tags.spoilt = 'yes';
  assert.deepStrictEqual(decoder.decode(bytes).tags, {});
});

test('a newer writer with more fields is read without them, whatever they hold', () => {
  const newer = withFields((fields) => [
    { name: 'trace', type: { type: 'map', values: { type: 'array', items: 'long' } } },
    ...fields,
    { name: 'nested', type: { type: 'record', name: 'Nested', fields: [{ name: 'a', type: 'bytes' }] } },
  ]);
  const value = { ...POINT, trace: { x: [1, 2], y: [] }, nested: { a: Buffer.from('b') } };
  assert.deepStrictEqual(read(newer, value), POINT);
});

test("a writer's field of 64 bits that today's type does not have is no obstacle", () => {
  const newer = withFields((fields) => [...fields, { name: 'nanos', type: 'long' }]);
  const small = new AvroEncoder<unknown>(newer, 3).encode({ ...POINT, nanos: 0 });
  const nanos = Buffer.from([0x80, 0x80, 0xe6, 0x9a, 0xca, 0xf9, 0xbf, 0x97, 0x2f]);
  const bytes = Buffer.concat([small.subarray(0, -1), nanos]);
  const decoder = new AvroDecoder<MetricPoint>(today, fixedSchemas(new Map([[3, newer]])));
  assert.deepStrictEqual(decoder.decode(bytes), POINT);
});

test('a writer with another order of fields, narrower numbers and another namespace is read', () => {
  const other: AvroRecord = {
    ...withFields((fields) =>
      [...fields].reverse().map((f) => (f.name === 'value' ? { ...f, type: 'float' } : f)),
    ),
    namespace: 'com.example',
  };
  assert.deepStrictEqual(read(other, POINT), POINT);
});

test('a writer that lacks a field without default cannot be read, and the refusal says why', () => {
  const broken = withFields((fields) => fields.filter(({ name }) => name !== 'id'));
  assert.throws(
    () => read(broken, POINT),
    (error) =>
      error instanceof TactusError &&
      error.code === 'TACTUS_RECORD_INCOMPATIBLE_SCHEMA' &&
      /schema 3 cannot be read as .*MetricPoint.*id/.test(error.message),
  );
});

test('something under the id that is no usable schema is refused as incompatible', () => {
  const writers = { prepare: async () => {}, get: () => ({ unusable: 'its type is PROTOBUF' }) };
  const decoder = new AvroDecoder<MetricPoint>(today, writers);
  const bytes = new AvroEncoder<unknown>(today, 3).encode(POINT);
  assert.throws(
    () => decoder.decode(bytes),
    (error) => error instanceof TactusError && error.code === 'TACTUS_RECORD_INCOMPATIBLE_SCHEMA',
  );
});

test('attributes of a writer with fewer kinds of values are plain values too', () => {
  const event = recordSchema(loadSchemas(), 'Event').schema;
  for (const values of ['string', ['null', 'int', 'string'], 'int', ['boolean', 'float']] as AvroSchema[]) {
    const writer: AvroRecord = {
      ...event,
      fields: event.fields.map((f) =>
        f.name === 'attributes' ? { ...f, type: { type: 'map', values } } : f,
      ),
    };
    const attribute = JSON.stringify(values).includes('string') ? 'x' : 1;
    const value = {
      id: '1',
      tenantId: 't',
      type: 'x',
      timestamp: 1,
      subjectId: null,
      attributes: { a: attribute },
    };
    const wrapped =
      Array.isArray(values) && values.includes('float') ? { ...value, attributes: { a: 1 } } : value;
    const bytes = new AvroEncoder<unknown>(writer, 3).encode(wrapped);
    const decoder = new AvroDecoder<typeof value>(event, fixedSchemas(new Map([[3, writer]])));
    assert.deepStrictEqual(decoder.decode(bytes), value, JSON.stringify(values));
  }
});

test('a reader of before mutes reads all that people decide today, so that it still follows silences', () => {
  const writer = recordSchema(loadSchemas(), 'AlertControl').schema;
  const before = JSON.parse(readFileSync('schemas/versions/alert-control/2.avsc', 'utf8')) as AvroSchema;
  const decoder = new AvroDecoder<AlertControl>(before, fixedSchemas(new Map([[3, writer]])));
  const times = { startsAt: 1, endsAt: 9, createdAt: 1 };
  const one = { id: 'a', author: 'ann', comment: '', tenantId: 't', ...times };
  const muted = mutedMatchers({ metric: 'cpu.*', tags: { host: 'a' } });
  const controls: AlertControl[] = [
    { ...one, kind: 'silence', matchers: ['host="a"'] },
    { ...one, kind: 'acknowledgement', matchers: [] },
    { ...one, kind: 'acknowledgement', matchers: muted },
  ];
  for (const control of controls)
    assert.deepStrictEqual(decoder.decode(new AvroEncoder<AlertControl>(writer, 3).encode(control)), control);
});

test('a kind of decision that this version does not know is no reason to ignore the others', () => {
  const reader = recordSchema(loadSchemas(), 'AlertControl').schema;
  const newer = JSON.parse(
    JSON.stringify(reader).replace('"silence",', '"silence","further",'),
  ) as AvroSchema;
  const decoder = new AvroDecoder<AlertControl>(reader, fixedSchemas(new Map([[3, newer]])));
  const kindOf = (kind: string) => {
    const one = { id: 'a', author: '', comment: '', tenantId: 't', startsAt: 1, endsAt: 9, createdAt: 1 };
    return decoder.decode(new AvroEncoder<unknown>(newer, 3).encode({ ...one, kind, matchers: [] })).kind;
  };
  assert.deepEqual(['silence', 'further'].map(kindOf), ['silence', 'acknowledgement']);
});
