import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  loadMappings,
  mappingsKind,
  parseMappings,
} from '../../../../services/ingest/mappings/mappings-file.js';
import { InvalidFileError, mistakeText } from '../../../../shared/files/mistakes.js';
import { packageRoot } from '../../../../shared/files/package-root.js';

const SHIPPED = join(packageRoot(), 'services', 'cli', 'examples', 'mappings.yaml');

function mistakesOf(yaml: string): string[] {
  try {
    parseMappings(yaml, 'mappings.yaml');
  } catch (error) {
    assert.ok(error instanceof InvalidFileError);
    return error.mistakes.map(mistakeText);
  }
  return [];
}

/** A file of one mapping with these lines besides. */
function one(...lines: string[]): string {
  const own = ['  - name: m', '    type: t', '    metric: x', ...lines.map((line) => `    ${line}`)];
  return `mappings:\n${own.join('\n')}\n`;
}

describe('a file of mappings', () => {
  it('that is shipped has no mistake', () => {
    assert.ok(parseMappings(readFileSync(SHIPPED, 'utf8'), SHIPPED).length > 10);
    assert.match(mappingsKind.check(readFileSync(SHIPPED, 'utf8'), SHIPPED), /^\d+ mappings$/);
  });

  it('is none for an empty path, and may hold none', () => {
    assert.deepEqual(loadMappings(''), []);
    assert.deepEqual(parseMappings('mappings: []\n', 'x'), []);
  });

  it('has the same identity exactly when it says the same', () => {
    const identity = (yaml: string) => parseMappings(yaml, 'x').map((each) => each.identity);
    const tag = 'tags: { a: { attribute: a, values: [b], other: c } }';
    const again = one('tags: { a: { values: [b], other: c, attribute: a } }', 'value: 1.0');
    assert.deepEqual(identity(one('value: 1', tag)), identity(again));
    const different = [
      one('value: 1', tag),
      one('value: 2', tag),
      one('value: 1', tag.replace('[b]', '[d]')),
      one('value: 1', tag.replace('other: c', 'other: d')),
      one('value: 1'),
      one('value: 1', 'kind: delta'),
      one('value: 1', 'unit: s'),
      one('value: 1', 'when: subjectId != ""'),
      one('value: { attribute: v }'),
      one('value: { expr: attributes.v }'),
      one('value: 1', 'tenants: a'),
    ];
    assert.equal(new Set(different.flatMap(identity)).size, different.length);
  });

  const wrong: [what: string, yaml: string, mistake: RegExp][] = [
    [
      'an unknown key',
      one('value: 1', 'kindd: delta'),
      /:6:5: mappings\[0\]\.kindd: unknown key; did you mean "kind"\?/,
    ],
    ['no value', one(), /mappings\[0\]\.value: is missing; must be a number, \{ attribute: NAME \}/],
    [
      'a value of a wrong kind',
      one('value: many'),
      /:5:12: mappings\[0\]\.value: must be a number.*value was "many"/,
    ],
    [
      'a value that ingest refuses',
      one('value: 1e151'),
      /:5:12: .*must be a number from -1e\+150 to 1e\+150/,
    ],
    [
      'both ways to a value',
      one('value: { attribute: a, expr: b }'),
      /value\.expr: must be absent beside `attribute`/,
    ],
    [
      'a value of members',
      one('kind: member', 'value: 1'),
      /:6:12: .*value: must be absent for `kind: member`/,
    ],
    [
      'an unknown kind',
      one('value: 1', 'kind: counter'),
      /:6:11: .*one of gauge, delta, cumulative, member: value was "counter"/,
    ],
    [
      'a condition that is none',
      one('value: 1', 'when: 1 + 1'),
      /:6:11: mappings\[0\]\.when: gives int; allowed are conditions/,
    ],
    [
      'a name that events do not have',
      one('value: 1', 'when: atributes.a == 1.0'),
      /:6:11: .*allowed are CEL expressions over attributes/,
    ],
    [
      'a mistake inside an expression',
      one('value: 1', 'when: eventType == "a" && nonsense(1)'),
      /:6:31: mappings\[0\]\.when/,
    ],
    [
      'an expression that gives a text',
      one('value: { expr: eventType + "a" }'),
      /value\.expr: gives string; allowed are numbers/,
    ],
    [
      'a tag of nothing',
      one('value: 1', 'tags: { a: 1 }'),
      /:6:16: mappings\[0\]\.tags\.a: must be a text, \{ attribute/,
    ],
    [
      'two sources of a tag',
      one('value: 1', 'tags: { a: { subject: true, attribute: b } }'),
      /tags\.a\.attribute: must be absent beside `subject`/,
    ],
    [
      'other texts without a list',
      one('value: 1', 'tags: { a: { attribute: b, other: c } }'),
      /tags\.a\.other: must be absent without `values`/,
    ],
    [
      'a metric with a bar',
      one('value: 1').replace('metric: x', 'metric: a|b'),
      /:4:13: .*the name of a metric/,
    ],
    ['a bad name', one('value: 1').replace('name: m', 'name: a/b'), /:2:11: .*1 to 64 of A-Z/],
    [
      'a name used twice',
      `${one('value: 1')}${one('value: 1').slice('mappings:\n'.length)}`,
      /:6:11: mappings\[1\]\.name: "m" is used twice/,
    ],
  ];
  for (const [what, yaml, mistake] of wrong)
    it(`with ${what} is refused with its place, key, value and what is allowed`, () => {
      const found = mistakesOf(yaml);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', mistake);
    });

  it('is refused with all of its mistakes at once', () => {
    assert.equal(mistakesOf(one('value: x', 'kind: y', 'when: 3.0', 'unit: ""')).length, 4);
  });

  it('has at most so many mappings, tags and texts of a tag', () => {
    const many = (count: number, textOf: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => textOf(i));
    const file = (count: number) =>
      `mappings:\n${many(count, (i) => `  - { name: m${i}, type: t, metric: x, value: 1 }\n`).join('')}`;
    assert.deepEqual(mistakesOf(file(100)), []);
    assert.match(mistakesOf(file(101))[0] ?? '', /must hold at most 100: it holds 101/);
    const tags = (count: number) => one('value: 1', `tags: { ${many(count, (i) => `t${i}: a`).join(', ')} }`);
    assert.deepEqual(mistakesOf(tags(16)), []);
    assert.match(mistakesOf(tags(17))[0] ?? '', /must hold at most 16/);
    const texts = many(201, (i) => `v${i}`).join(', ');
    const confined = one('value: 1', `tags: { a: { attribute: b, values: [${texts}] } }`);
    assert.match(mistakesOf(confined)[0] ?? '', /tags\.a\.values: must hold at most 200/);
  });

  it('is refused when an expression, or all together, may take too many steps for one event', () => {
    const nested = 'attributes.all(a, attributes.all(b, attributes.all(c, a == b || b == c)))';
    assert.match(mistakesOf(one('value: 1', `when: ${nested}`))[0] ?? '', /may take \d+ steps for one event/);
    const line = (i: number) =>
      `  - { name: m${i}, type: t, metric: x, value: 1, when: 'attributes.all(a, a != "x" && !a.endsWith("y"))' }\n`;
    const all = (count: number) => `mappings:\n${Array.from({ length: count }, (_, i) => line(i)).join('')}`;
    assert.deepEqual(mistakesOf(all(1)), []);
    assert.match(
      mistakesOf(all(100)).join(),
      /must take at most 100000 steps for one event with all expressions/,
    );
  });
});
