import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getOperationAST, parse } from 'graphql';
import { type DocumentLimits, requireRoom } from '../../../../services/api/graphql/limits.js';
import { keptSchema } from './documents.js';

const schema = keptSchema();
const LIMITS: DocumentLimits = { maxDepth: 6, maxReads: 5, maxFields: 100, maxCost: 5_000 };

function costOf(text: string, variables = {}, limits: Partial<DocumentLimits> = {}): number {
  const document = parse(text);
  const operation = getOperationAST(document);
  assert.ok(operation);
  return requireRoom({ schema, document, operation, variables }, { ...LIMITS, ...limits }).cost;
}

const refused = (pattern: RegExp) => ({ code: 'TACTUS_QUERY_TOO_LARGE', message: pattern });

describe('what a document costs', () => {
  it('is a bit for each field of the root, and one for each object that lists may have', () => {
    assert.equal(costOf('{ alerts(limit: 50) { items { rule value } nextCursor } }'), 10 + 1 + 50);
    assert.equal(costOf('{ alerts { items { rule } } }'), 10 + 1 + 100, 'as many as there are by default');
    assert.equal(costOf('{ quality { windows { equal } } }'), 10 + 1 + 5, 'as many as assumed');
    assert.equal(
      costOf('{ alerts(limit: 50) { items { silences(limit: 3) { id } occurrences(limit: 2) { value } } } }'),
      10 + 1 + 50 * (1 + 3 + 2),
    );
  });

  it('takes a limit from the variables, and the most where it is none', () => {
    const text = 'query ($limit: Int) { alerts(limit: $limit) { items { rule } } }';
    assert.equal(costOf(text, { limit: 7 }), 10 + 1 + 7);
    assert.equal(costOf(text), 10 + 1 + 100);
    for (const limit of [-1, 0, 1e9, 'many'])
      assert.equal(costOf(text, { limit }), 10 + 1 + 1_000, String(limit));
  });

  it('takes a limit from what a variable has by default', () => {
    const text = 'query ($limit: Int = 700) { alerts(limit: $limit) { items { rule } } }';
    assert.equal(costOf(text), 10 + 1 + 700);
    assert.equal(costOf(text, { limit: 7 }), 10 + 1 + 7);
    assert.equal(costOf(text, { limit: null }), 10 + 1 + 100, 'which leaves the argument out');
  });

  it('is refused beyond what it may be, before anything is asked', () => {
    assert.equal(costOf('{ a: queryMetric(metric: "a") { to } }'), 2_501);
    assert.throws(
      () => costOf('{ a: queryMetric(metric: "a") { to } b: queryMetric(metric: "b") { to } }'),
      refused(/costs 5002; .*at most 5000 \(TACTUS_API_GRAPHQL_MAX_COST\)/),
    );
    assert.throws(
      () => costOf('{ alerts(limit: 1000) { items { occurrences(limit: 100) { rule } } } }'),
      refused(/costs/),
    );
  });

  it('is that of what reads a topic or computes, for one of its objects too', () => {
    assert.equal(costOf('{ deadLetter(id: "1:2") { id } }'), 2_501);
    assert.equal(
      costOf('query ($input: SilencePreviewInput!) { previewSilence(input: $input) { count } }'),
      2_501,
    );
  });

  it('counts what aliases and fragments repeat', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}: metrics { nextCursor }`).join(' ');
    assert.equal(costOf(`{ ${five} }`), 55);
    assert.throws(
      () => costOf(`{ ${five} f: metrics { nextCursor } }`),
      refused(/takes reads 6; .*at most 5/),
    );
    assert.throws(
      () => costOf(`query { ...F ...F } fragment F on Query { ${five} }`),
      refused(/takes reads 6/),
    );
    assert.throws(
      () =>
        costOf(
          `{ alerts { items { ${five.replaceAll('metrics { nextCursor }', 'occurrences { value }')} } } }`,
        ),
      refused(/takes reads 6/),
    );
  });

  it('counts further names of a field as reads, since each has all of its text again', () => {
    const names = ['a', 'b', 'c', 'd'];
    const read = (fields: string) => costOf(`{ alerts { items { ${fields} } } }`);
    read(`value value ${names.map((name) => `${name}: annotations`).join(' ')}`);
    assert.throws(
      () =>
        read(
          `annotations ${names.map((name) => `... on Alert { ${name}: annotations }`).join(' ')} e: annotations`,
        ),
      refused(/takes reads 6/),
    );
    assert.throws(
      () => read(`__typename ${['e', ...names].map((name) => `${name}: __typename`).join(' ')}`),
      refused(/takes reads 6/),
    );
    assert.throws(
      () =>
        costOf(`{ ${names.map((name) => `${name}: alerts { ...F }`).join(' ')} }
          fragment F on AlertsPage { items { rule again: rule } }`),
      refused(/takes reads 6/),
      'as often as it is there',
    );
  });

  it('ends with fragments that double one another', () => {
    const fragments = Array.from({ length: 30 }, (_, i) =>
      i === 29
        ? 'fragment F29 on Query { __typename }'
        : `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    );
    assert.throws(() => costOf(`{ ...F0 } ${fragments.join(' ')}`), refused(/has fields 101; .*MAX_TOKENS/));
    const inner = fragments.map((text) => text.replace(' on Query', ' on __Schema')).join(' ');
    assert.throws(() => costOf(`{ __schema { ...F0 } } ${inner}`), refused(/has fields 101/));
  });

  it('may be nested as deep as allowed', () => {
    const nested = (depth: number): string =>
      depth === 0 ? 'rule' : `occurrences(limit: 1) { ${nested(depth - 1)} }`;
    costOf(`{ alerts(limit: 1) { items { ${nested(3)} } } }`);
    assert.throws(
      () => costOf(`{ alerts(limit: 1) { items { ${nested(4)} } } }`),
      refused(/is nested 7; .*at most 6 \(TACTUS_API_GRAPHQL_MAX_DEPTH\)/),
    );
  });
});
