import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseRouting } from '../../../services/alerting/notify/routing-file.js';
import { parseDefinitions } from '../../../shared/catalog/window-definitions.js';
import { InvalidFileError, mistakeText } from '../../../shared/files/mistakes.js';
import { MAX_FILE_BYTES, readText } from '../../../shared/files/read-text.js';
import {
  boolean,
  document,
  duration,
  integer,
  listOf,
  mapOf,
  mapping,
  number,
  oneOf,
  text,
  texts,
} from '../../../shared/files/readers.js';
import type { Reader } from '../../../shared/files/value.js';
import { readYaml } from '../../../shared/files/yaml-file.js';
import { cpuMs } from '../../support/cpu-time.js';

const GOOD = `windows:
  - { name: 10s, size: 10s }
  - name: visit
    kind: session
    gap: 30s
    groupBy: [user]
    quantiles: [0.5, 0.99]
`;

/** What is wrong with a text, a line for each mistake; empty if nothing is. */
function mistakes(yaml: string, reader: Reader<unknown>): string[] {
  try {
    readYaml(yaml, 'f.yaml', reader);
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidFileError);
    assert.equal(error.message, error.mistakes.map(mistakeText).join('\n'));
    return error.message.split('\n');
  }
}

const plant = mapping(['name', 'height', 'age', 'kind', 'evergreen', 'water', 'tags', 'notes'], (fields) => {
  const name = fields.required('name', text());
  fields.optional('height', number(0, 100), 0);
  fields.optional('age', integer(1), 1);
  fields.optional('kind', oneOf(['tree', 'shrub', 'herb']), 'tree');
  fields.optional('evergreen', boolean, false);
  fields.optional('water', duration({ min: 60_000 }), 60_000);
  fields.optional('tags', texts('a list of different tags'), []);
  const named = { allowed: 'a mapping', name: () => null };
  fields.optional('notes', mapOf(text(), named), new Map());
  return name;
});
const plants = document('plants', 'a list of plants', listOf(plant, { allowed: 'a list', unique: 'name' }));

describe('a YAML file', () => {
  it('is reported with every mistake, each with place, key, value and what is allowed', () => {
    const yaml = `plants:
  - name: oak
    heigth: 20
    kind: bush
    age: 0.5
    tags: [a, b, a]
    evergreen: "no"
  - name: oak
    water: 30s
    notes:
      "by whom": 7
  - height: 1e999
`;
    assert.deepEqual(mistakes(yaml, plants), [
      'f.yaml:3:5: plants[0].heigth: unknown key; did you mean "height"? allowed: name, height, age, kind, evergreen, water, tags, notes',
      'f.yaml:4:11: plants[0].kind: must be one of tree, shrub, herb: value was "bush"',
      'f.yaml:5:10: plants[0].age: must be a whole number of at least 1: value was 0.5',
      'f.yaml:6:11: plants[0].tags: must be a list of different tags: "a" is there twice',
      'f.yaml:7:17: plants[0].evergreen: must be true or false: value was "no"',
      'f.yaml:8:11: plants[1].name: "oak" is used twice; each must have its own',
      'f.yaml:9:12: plants[1].water: must be at least 1m: value was "30s"',
      'f.yaml:11:18: plants[1].notes["by whom"]: must be text: value was 7',
      'f.yaml:12:5: plants[2].name: is missing; must be text',
      'f.yaml:12:13: plants[2].height: must be a number from 0 to 100: value was Infinity',
    ]);
  });

  it('is suggested the key that was likely meant, which then counts as there', () => {
    assert.deepEqual(mistakes('plants: [{ nam: oak }]', plants), [
      'f.yaml:1:12: plants[0].nam: unknown key; did you mean "name"? allowed: name, height, age, kind, evergreen, water, tags, notes',
    ]);
  });

  it('is read as YAML 1.2, where no and 0o7 are what they are', () => {
    assert.deepEqual(readYaml('plants: [{ name: no }]', 'f.yaml', plants), ['no']);
    assert.deepEqual(mistakes('%YAML 1.1\n---\nplants: []\n', plants), [
      'f.yaml:1:1: must be YAML 1.2: value was 1.1',
    ]);
    assert.deepEqual(mistakes('plants: [{ name: a, age: 0o17 }]', plants), []);
  });

  it('is refused for repeated keys, broken syntax, further documents and tags, without quoting it', () => {
    assert.deepEqual(mistakes('plants: []\nplants: [1]\n', plants), ['f.yaml:2:1: Map keys must be unique']);
    const broken = mistakes('plants: [{ name: "s3cret }]', plants);
    assert.ok(broken.length > 0);
    for (const line of broken) assert.doesNotMatch(line, /s3cret/);
    assert.deepEqual(mistakes('plants: []\n---\nplants: []\n', plants), ['f.yaml:2:1: must be one document']);
    assert.deepEqual(mistakes('plants: !seq []', plants), ['f.yaml:1:9: must be YAML: Unresolved tag']);
  });

  it('may use aliases for a part or two', () => {
    const yaml = 'plants:\n  - { name: a, tags: &t [x] }\n  - { name: b, tags: *t }\n';
    assert.deepEqual(readYaml(yaml, 'f.yaml', plants), ['a', 'b']);
    assert.match(mistakes('plants: &all [*all]', plants)[0] ?? '', /^f\.yaml:1:\d+: plants\[0\]: must be/);
  });

  it('is refused quickly when aliases in it grow by powers, whatever it is', () => {
    const levels = Array.from({ length: 40 }, (_, i) => `  - &l${i + 1} [${`*l${i}, `.repeat(9)}]\n`);
    const bomb = `plants:\n  - &l0 x\n${levels.join('')}`;
    const deep = `${'x: &a {'.repeat(3)}${'['.repeat(20_000)}`;
    const many = `plants: [&a x, ${'*a, '.repeat(5_000)}]`;
    for (const hostile of [bomb, deep, many]) assert.ok(mistakes(hostile, plants).length > 0);
  });

  it('is refused quickly for very many anchors, tags or directives in a row, or tokens', () => {
    const started = cpuMs();
    for (const mark of ['&a ', '!a ', '&a !b\n '])
      assert.match(
        mistakes(`plants: ${mark.repeat(100_000)}`, plants)[0] ?? '',
        /^f\.yaml:\d+:\d+: must have at most one anchor and one tag for a value$/,
      );
    assert.ok(mistakes(`${'%TAG ! a\n'.repeat(100_000)}---\nplants: []`, plants).length > 0);
    for (const text of [`{${'a\n'.repeat(300_000)}}`, `[${'a,'.repeat(500_000)}]`])
      assert.match(mistakes(`plants: ${text}`, plants)[0] ?? '', /must have at most 500000 tokens$/);
    assert.ok(cpuMs() - started < 5_000);
  });

  it('of 10 MB is refused unread', () => {
    assert.deepEqual(mistakes('#'.repeat(10_000_000), plants), ['f.yaml: must be at most 1048576 bytes']);
    const folder = mkdtempSync(join(tmpdir(), 'tactus-large-'));
    const file = join(folder, 'large.yaml');
    writeFileSync(file, Buffer.alloc(10_000_000, ' '));
    assert.throws(() => readText(file), /it is larger than 1048576 bytes/);
    writeFileSync(file, Buffer.from([0x61, 0xff]));
    assert.throws(() => readText(file), /it is not UTF-8/);
    writeFileSync(file, Buffer.alloc(MAX_FILE_BYTES, ' '));
    assert.equal(readText(file).length, MAX_FILE_BYTES);
    assert.throws(() => readText(folder), /EISDIR/);
    rmSync(folder, { recursive: true });
  });

  it('with thousands of mistakes is reported with the first thousand', () => {
    const lines = mistakes(`plants: [${'7, '.repeat(5_000)}]`, plants);
    assert.equal(lines.length, 1_001);
    assert.equal(lines.at(-1), 'f.yaml: has more mistakes');
  });

  it('is accepted or refused at a place within it, however it was changed', () => {
    const channels = `channels:
  ops: { type: slack, url: { env: URL } }
  mail: { type: email, user: u, password: { env: PASSWORD }, server: "smtp://x", from: a@b.c, to: [d@e.f] }
route: { channels: [ops], routes: [{ match: ['a="b"'], escalate: [{ after: 5m, channels: [mail] }] }] }
`;
    const kinds: [string, (yaml: string) => void][] = [
      [GOOD, (yaml) => parseDefinitions(yaml, 'f.yaml')],
      [channels, (yaml) => parseRouting(yaml, 'f.yaml', null)],
    ];
    for (const [good, read] of kinds) {
      read(good);
      const at = fc.nat(good.length);
      const other = fc.oneof(
        fc.constantFrom(
          '',
          ' ',
          '\n',
          ':',
          '- ',
          '[',
          ']',
          '{',
          '}',
          '"',
          '&a ',
          '*a',
          '~',
          '0',
          '|\n',
          '\t',
          '#',
        ),
        fc.string({ unit: 'binary', maxLength: 3 }),
      );
      fc.assert(
        fc.property(fc.array(fc.tuple(at, fc.nat(8), other), { minLength: 1, maxLength: 4 }), (changes) => {
          let changed = good;
          for (const [start, length, by] of changes)
            changed = changed.slice(0, start) + by + changed.slice(start + length);
          const lines = changed.split('\n');
          try {
            read(changed);
          } catch (error) {
            assert.ok(error instanceof InvalidFileError, String(error));
            assert.ok(error.mistakes.length > 0);
            for (const { line, column } of error.mistakes) {
              assert.ok(line !== null && column !== null && line >= 1 && line <= lines.length, error.message);
              assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1, error.message);
            }
          }
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('text of a file that is shown', () => {
  it('never holds a secret: values of secret keys, passwords of addresses, whole mappings', () => {
    const secret: Reader<string> = (value) => text('a token', /^t-/)(value.asSecret());
    const reader = mapping(['token', 'address', 'nested'], (fields) => {
      fields.required('token', secret);
      fields.required('address', text('none', /^none$/));
      fields.required('nested', text());
    });
    const yaml = 'token: s3cret\naddress: http://me:s3cret@host/x\nnested: { a: s3cret }\n';
    assert.deepEqual(mistakes(yaml, reader), [
      'f.yaml:1:8: token: must be a token: value was ***',
      'f.yaml:2:10: address: must be none: value was "http://***@host/x"',
      'f.yaml:3:9: nested: must be text: value was a mapping',
    ]);
  });
});
