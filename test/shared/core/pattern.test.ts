import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globMatcher } from '../../../shared/core/glob.js';
import { compilePattern, MAX_PATTERN, type Pattern } from '../../../shared/core/pattern.js';
import { estimatedSize } from '../../../shared/core/pattern-size.js';
import { cpuMs } from '../../support/cpu-time.js';

function pattern(source: string, whole = false): Pattern {
  const compiled = compilePattern(source, { whole });
  return typeof compiled === 'string' ? assert.fail(`${source} ${compiled}`) : compiled;
}

/** Patterns that mean the same to both engines. */
const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', 'b', 'ab', '.', '[ab]', '[^a]', '\\d', '\\w', '\\.', 'ü', '^', '$', '\\b', ''),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => a + b),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('source'), fc.constantFrom('*', '+', '?', '{2}', '{0,3}', '*?'))
      .map(([a, times]) => `(?:${a})${times}`),
  ),
}));
const subject = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', 'ü', '\n', '😀'), maxLength: 12 });

test('patterns match what those of JavaScript match, in part and as a whole', () => {
  fc.assert(
    fc.property(source, subject, (text, name) => {
      assert.equal(pattern(text).test(name), new RegExp(text, 'u').test(name));
      assert.equal(pattern(text, true).test(name), new RegExp(`^(?:${text})$`, 'su').test(name));
    }),
    { numRuns: 3_000 },
  );
});

test('groups are those of the first match, or of the whole text', () => {
  const found = (text: string, whole: boolean) => pattern('(a|ab)(?P<rest>c)?', whole).groups(text);
  assert.deepEqual(found('xab', false), { numbered: ['a', 'a', undefined], named: { rest: undefined } });
  assert.deepEqual(found('abc', true), { numbered: ['abc', 'ab', 'c'], named: { rest: 'c' } });
  assert.equal(found('abd', true), null);
});

test('patterns that take a backtracking engine for ever are matched at once', () => {
  const started = cpuMs();
  const long = `${'a'.repeat(20_000)}!`;
  for (const text of ['^(a+)+$', '(([a-z._]+)+)+$', '(a|aa)+$', '(a*)*b', '^(?:.*a){20}$', '(\\w+\\s?)+$'])
    pattern(text).test(long);
  for (const text of ['(([a-z._]+)+)+', '(a|a)*b', '(.*)*x'])
    assert.equal(pattern(text, true).test(long), false);
  assert.ok(cpuMs() - started < 5_000);
});

test('what is no pattern, or too large, is refused in words', () => {
  const refused = (text: string) => compilePattern(text, { whole: true });
  assert.match(String(refused('(a')), /is no regular expression in RE2's syntax: .*missing closing \)/);
  assert.match(String(refused('(?=a)')), /RE2's syntax/);
  assert.match(String(refused('(a)\\1')), /RE2's syntax/);
  assert.match(String(refused('a{1001}')), /RE2's syntax: .*invalid repeat count/);
  assert.match(String(refused('(a{1000}){1000}')), /too large/);
  assert.match(String(refused('(?i)\\pL{900}\\pL{900}')), /too large: it makes \d+ instructions/);
  assert.equal(refused('a'.repeat(MAX_PATTERN + 1)), `is longer than ${MAX_PATTERN} characters`);
  const started = cpuMs();
  for (const piece of ['\\pL{1000}', '[^a]{999}', 'a{1000}', '(?:', '(((a*)*)*)*', '\\pN+|', '[\\pL\\pN]{9}'])
    compilePattern(piece.repeat(MAX_PATTERN).slice(0, MAX_PATTERN), { whole: true });
  assert.ok(cpuMs() - started < 10_000);
});

test('what is far too large is refused before it is compiled', () => {
  const started = cpuMs();
  const limits = { whole: true, maxLength: 4_096, maxProgram: 8_192 };
  for (const piece of [
    '.{1000}',
    '[a-z]{1000}',
    '(?i:x){1000}',
    '((a{10}){10}){10}',
    '\\pL{1000}',
    '\\x{61}{1000}',
  ])
    for (let i = 0; i < 20; i++)
      assert.match(String(compilePattern(piece.repeat(4_096 / piece.length), limits)), /is too large/, piece);
  assert.ok(cpuMs() - started < 1_000);
});

test('the size of a pattern is estimated', () => {
  fc.assert(
    fc.property(source, (text) => {
      const { size } = pattern(text);
      const estimated = estimatedSize(text);
      // Not more than it looks like: alternatives that begin the same make fewer.
      assert.ok(size <= 2 * estimated + 20, `${text}: ${estimated} instead of ${size}`);
    }),
    { numRuns: 3_000 },
  );
  const sizes = {
    abc: 3,
    '(?i)abc': 3,
    'a{3}': 4,
    'a{2,}': 3,
    '[]a{100}]{2}': 3,
    '[[:alpha:]{9}]': 1,
    '[^\\]]{2}': 3,
    '\\Qa{100}\\E': 6,
    '\\p{Greek}{2}': 3,
    'a{': 2,
    'a{,5}': 5,
  };
  for (const [text, size] of Object.entries(sizes)) assert.equal(estimatedSize(text), size, text);
  for (const text of ['(', ')', '[', '\\', '\\Q', '{2}', 'a)b(', '(?', '(?P<'])
    assert.ok(estimatedSize(text) < 20, text);
});

test('globs stand for names as a whole, with * for any characters and ? for one', () => {
  const cases: readonly (readonly [glob: string, name: string, expected: boolean])[] = [
    ['*', 'any\nthing', true],
    ['app.*', 'app.cpu', true],
    ['app.*', 'xapp.cpu', false],
    ['app.*', 'appxcpu', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'a😀c', true],
    ['*.p99', 'x.p99', true],
    ['[a](b)+$|{2}\\d^', '[a](b)+$|{2}\\d^', true],
    ['*[a](b)+$|{2}\\d^', 'x[a](b)+$|{2}\\d^', true],
    ['', '', true],
    ['', 'a', false],
  ];
  for (const [glob, name, expected] of cases)
    assert.equal(globMatcher(glob)(name), expected, `${glob} ${name}`);
});

test('a glob of many stars is tried at once', () => {
  const started = cpuMs();
  assert.equal(globMatcher(`${'*a'.repeat(100)}b`)('a'.repeat(256)), false);
  assert.equal(globMatcher(`${'?*'.repeat(100)}b`)('a'.repeat(256)), false);
  assert.ok(cpuMs() - started < 2_000);
});
