import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import { incompatibilities, sameMeaning } from '../../../shared/catalog/compatibility.js';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { versionProblems } from '../../../shared/catalog/versions.js';
import type { AvroField, AvroRecord, AvroSchema } from '../../../shared/core/avro-schema.js';

const point = recordSchema(loadSchemas(), 'MetricPoint');

function changed(change: (fields: AvroField[]) => AvroField[]): AvroRecord {
  return { ...point.schema, fields: change([...point.schema.fields]) };
}

const field = (name: string, type: AvroSchema, more: Partial<AvroField> = {}): AvroField => ({
  name,
  type,
  ...more,
});
const record = (...fields: AvroField[]): AvroRecord => ({ type: 'record', name: 'R', fields });

test('a schema reads itself', () => {
  for (const { schema } of loadSchemas().values()) assert.deepEqual(incompatibilities(schema, schema), []);
});

test('a new field needs a default, and the refusal names it and says so', () => {
  const reader = changed((fields) => [...fields, field('region', 'string')]);
  assert.deepEqual(incompatibilities(reader, point.schema), [
    'MetricPoint.region: is new and has no default; add a default (or an alias, if it was renamed)',
  ]);
  assert.deepEqual(
    incompatibilities(
      changed((f) => [...f, field('region', 'string', { default: '' })]),
      point.schema,
    ),
    [],
  );
  assert.deepEqual(incompatibilities(point.schema, reader), [], 'the other way round it is left out');
});

test('a field may be renamed with an alias only', () => {
  const rename = (more: Partial<AvroField>) =>
    changed((fields) => fields.map((f) => (f.name === 'value' ? { ...f, name: 'reading', ...more } : f)));
  assert.deepEqual(incompatibilities(rename({ aliases: ['value'] }), point.schema), []);
  assert.match(incompatibilities(rename({}), point.schema).join(), /MetricPoint\.reading/);
});

test('types may be widened, not narrowed', () => {
  for (const [from, to] of [
    ['int', 'long'],
    ['int', 'double'],
    ['long', 'double'],
    ['float', 'double'],
    ['string', 'bytes'],
  ] as const) {
    assert.deepEqual(incompatibilities(to, from), [], `${from} as ${to}`);
    if (to !== 'bytes') assert.match(incompatibilities(from, to).join(), new RegExp(`was ${to}, is ${from}`));
  }
});

test('the path leads through arrays, maps and nested records', () => {
  const inner = (leaf: AvroSchema): AvroSchema => ({
    type: 'record',
    name: 'Outer',
    fields: [field('list', { type: 'array', items: { type: 'map', values: record(field('x', leaf)) } })],
  });
  assert.deepEqual(incompatibilities(inner('string'), inner('long')), [
    'Outer.list[]{}.x: was long, is string; add a new field instead',
  ]);
});

test('an enum must keep its symbols unless it has a default', () => {
  const symbols = (list: string[], fallback?: string): AvroSchema => ({
    type: 'enum',
    name: 'E',
    symbols: list,
    ...(fallback === undefined ? {} : { default: fallback }),
  });
  assert.match(incompatibilities(symbols(['a']), symbols(['a', 'b'])).join(), /lacks b/);
  assert.deepEqual(incompatibilities(symbols(['a'], 'a'), symbols(['a', 'b'])), []);
  assert.deepEqual(incompatibilities(symbols(['a', 'b']), symbols(['a'])), []);
});

test('a schema that mentions itself is compared to the end', () => {
  const list = (type: AvroSchema): AvroSchema => ({
    type: 'record',
    name: 'List',
    fields: [field('head', type), field('tail', ['null', 'List'])],
  });
  assert.deepEqual(incompatibilities(list('long'), list('int')), []);
  assert.equal(incompatibilities(list('int'), list('long')).length > 0, true);
});

test('every kept version counts, not just the newest', () => {
  const first = record(field('a', 'string'));
  const second = record(field('a', 'string'), field('b', 'string', { default: '' }));
  const today = { name: 'R', file: 'r', schema: record(field('a', 'string'), field('b', 'string')) };
  const kept = [first, second].map((schema, index) => ({ number: index + 1, schema }));
  assert.deepEqual(versionProblems(today, kept), [
    'schemas/r.avsc cannot read version 1: R.b: is new and has no default; add a default (or an alias, if it was renamed)',
  ]);
});

test('a version that is not kept is a problem that names the file to add', () => {
  const today = {
    name: 'R',
    file: 'r',
    schema: record(field('a', 'string'), field('b', 'string', { default: '' })),
  };
  assert.match(
    versionProblems(today, [{ number: 1, schema: record(field('a', 'string')) }]).join(),
    /npm run generate.*schemas\/versions\/r\/2\.avsc/,
  );
  assert.deepEqual(versionProblems(today, [{ number: 1, schema: today.schema }]), []);
});

test('docs do not make a new version, everything else does', () => {
  const a = record(field('a', 'string', { doc: 'one' }));
  assert.equal(sameMeaning(a, record(field('a', 'string', { doc: 'other' }))), true);
  assert.equal(sameMeaning(a, record(field('a', 'string', { default: '' }))), false);
  assert.equal(sameMeaning(record(field('doc', 'string')), record()), false);
});

const leaf = fc.constantFrom<AvroSchema>(
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'string',
  'bytes',
);
const anySchema = fc.letrec<{ type: AvroSchema }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('type').map((items): AvroSchema => ({ type: 'array', items })),
    tie('type').map((values): AvroSchema => ({ type: 'map', values })),
    fc.uniqueArray(leaf, { minLength: 1, maxLength: 3 }).map((branches): AvroSchema => branches),
    fc.array(fc.tuple(tie('type'), fc.boolean()), { maxLength: 3 }).map(
      (types): AvroSchema => ({
        type: 'record',
        name: 'R',
        fields: types.map(([type, optional], i) =>
          optional
            ? field(`f${i}`, ['null', { type: 'array', items: type }], { default: null })
            : field(`f${i}`, type),
        ),
      }),
    ),
  ),
})).type;

/** Mostly pairs that have something in common: two at random are hardly ever compatible. */
const pair = fc.oneof(
  fc.tuple(anySchema, anySchema),
  fc
    .tuple(anySchema, leaf, leaf)
    .map(([schema, from, to]): [AvroSchema, AvroSchema] => [
      JSON.parse(JSON.stringify(schema).replaceAll(JSON.stringify(from), JSON.stringify(to))) as AvroSchema,
      schema,
    ]),
);

test('it agrees with avsc on what can be read', () => {
  const resolvable = (reader: AvroSchema, writer: AvroSchema): boolean | null => {
    const types: avsc.Type[] = [];
    try {
      for (const schema of [reader, writer])
        types.push(avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: 'always' }));
    } catch {
      return null; // A name defined twice: no schema at all.
    }
    try {
      (types[0] as avsc.Type).createResolver(types[1] as avsc.Type);
      return true;
    } catch {
      return false;
    }
  };
  const compared = { readable: 0, unreadable: 0 };
  fc.assert(
    fc.property(pair, ([reader, writer]) => {
      const expected = resolvable(reader, writer);
      if (expected === null) return;
      compared[expected ? 'readable' : 'unreadable']++;
      assert.equal(incompatibilities(reader, writer).length === 0, expected);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(compared.readable > 300 && compared.unreadable > 300, JSON.stringify(compared));
});
