import assert from 'node:assert/strict';
import { it } from 'node:test';
import { graphql, printType } from 'graphql';
import { type TSchema, Type } from 'typebox';
import { newBuilder } from '../../../../services/api/graphql/builder.js';
import { capitalised, nameOf, TypeMapper } from '../../../../services/api/graphql/type-mapper.js';

/** A schema whose query has a field of each name, of a type of its own. */
function schemaOf(fields: Readonly<Record<string, TSchema>>, values: Readonly<Record<string, unknown>> = {}) {
  const builder = newBuilder();
  const types = new TypeMapper(builder);
  builder.queryType({
    fields: (t) =>
      Object.fromEntries(
        Object.entries(fields).map(([name, schema]) => {
          const { type } = types.output(schema, capitalised(name));
          return [name, t.field({ type, nullable: true, resolve: () => values[name] as never })];
        }),
      ),
  });
  return builder.toSchema();
}

function printed(fields: Readonly<Record<string, TSchema>>, type: string): string {
  const found = schemaOf(fields).getType(type);
  return found ? printType(found) : '';
}

const lines = (text: string) =>
  text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim());

it('a field has the type of its property, and may be null where that may, or may be left out', () => {
  const time = Type.String({ format: 'date-time' });
  const one = Type.Object({
    ...{
      text: Type.String(),
      flag: Type.Boolean(),
      figure: Type.Number(),
      at: Type.Union([time, Type.Null()]),
    },
    ...{ count: Type.Integer(), few: Type.Integer({ maximum: 100 }), left: Type.Optional(Type.String()) },
    ...{ tags: Type.Record(Type.String(), Type.String()), any: Type.Unknown() },
    points: Type.Array(Type.Unsafe({ type: 'array', items: { type: ['number', 'null'] } })),
    ...{
      names: Type.Array(Type.String()),
      either: Type.Union([Type.Literal('all'), Type.Array(Type.String())]),
    },
  });
  assert.deepEqual(lines(printed({ one }, 'One')), [
    ...['any: JSON!', 'at: String', 'count: Long!', 'either: JSON!', 'few: Int!', 'figure: Float!'],
    ...[
      'flag: Boolean!',
      'left: String',
      'names: [String!]!',
      'points: JSON!',
      'tags: JSON!',
      'text: String!',
    ],
  ]);
});

it('objects in lists and in one another are types, named for where they are or by their title', () => {
  const point = Type.Object({ value: Type.Number() }, { title: 'Point', description: 'One value' });
  const answer = Type.Object({
    windows: Type.Array(Type.Object({ first: point })),
    series: Type.Array(point),
    delay: Type.Object({ p50: Type.Number() }),
  });
  const fields = { quality: answer };
  assert.deepEqual(lines(printed(fields, 'Quality')), [
    'delay: QualityDelay!',
    'series: [Point!]!',
    'windows: [QualityWindow!]!',
  ]);
  assert.deepEqual(lines(printed(fields, 'QualityWindow')), ['"""One value"""', 'first: Point!']);
});

it('texts of a list are an enum, one for all that have the same; those that are no names are texts', () => {
  const severity = () => Type.Enum(['low', 'high']);
  const fields = {
    a: Type.Object({ severity: severity() }),
    b: Type.Object({ severity: severity(), state: Type.Enum(['10s', '1m']) }),
    c: Type.Object({ severity: Type.Enum(['other']) }),
  };
  assert.deepEqual(lines(printed(fields, 'A')), ['severity: Severity!']);
  assert.deepEqual(lines(printed(fields, 'B')), ['severity: Severity!', 'state: String!']);
  assert.deepEqual(lines(printed(fields, 'C')), ['severity: CSeverity!']);
});

it('one of several objects is a union, whose type is that whose fields are there', async () => {
  const either = Type.Union([
    Type.Object({ fingerprint: Type.String() }, { title: 'Alert' }),
    Type.Object({ name: Type.String() }, { title: 'Rule' }),
  ]);
  const schema = schemaOf(
    { first: either, second: either },
    { first: { name: 'n' }, second: { fingerprint: 'f' } },
  );
  const { data } = await graphql({ schema, source: '{ first { __typename } second { __typename } }' });
  assert.deepEqual(JSON.parse(JSON.stringify(data)), {
    first: { __typename: 'Rule' },
    second: { __typename: 'Alert' },
  });
});

it('whole numbers beyond 32 bits are sent, and what is none is a fault', async () => {
  const schema = schemaOf(
    { big: Type.Integer(), wrong: Type.Integer() },
    { big: 9_007_199_254_740_991, wrong: 1.5 },
  );
  const { data, errors } = await graphql({ schema, source: '{ big wrong }' });
  assert.deepEqual([data?.big, data?.wrong], [9_007_199_254_740_991, null]);
  assert.match(errors?.[0]?.message ?? '', /must be a whole number: value was 1.5/);
});

it('two schemas of one name, and names that GraphQL does not have, are refused at the start', () => {
  const [a, b] = [
    Type.Object({ x: Type.String() }, { title: 'T' }),
    Type.Object({ y: Type.String() }, { title: 'T' }),
  ];
  assert.throws(() => schemaOf({ a, b }), /two schemas of routes have the name T: give one a title/);
  assert.equal(nameOf('idempotency-key'), 'idempotencyKey');
  assert.throws(() => nameOf('0.5'), /no field can have the name 0.5/);
});
