import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { compile } from '../../../shared/expressions/compile.js';
import {
  EvaluationError,
  type Frame,
  MAX_STEPS,
  TooManySteps,
} from '../../../shared/expressions/evaluation.js';
import { map, SCALAR, type Shape, text } from '../../../shared/expressions/shape.js';

const BINDINGS = {
  n: 3n,
  x: 2.5,
  s: 'web-1',
  tags: { host: 'web-1', zone: 'ü', empty: '' },
};
const SHAPES = new Map<string, Shape>([
  ['n', SCALAR],
  ['x', SCALAR],
  ['s', text(5)],
  ['tags', map(3, text(5), text(5))],
]);
const env = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('n', 'int')
  .registerVariable('x', 'double')
  .registerVariable('s', 'string')
  .registerVariable('tags', 'map<string, string>');

function frameOf(steps = MAX_STEPS): Frame {
  return { steps, bindings: BINDINGS, locals: [] };
}

/** The value by our evaluation, or that there is none; and the steps taken. */
function ours(expression: string): { value: unknown; taken: number; bound: number } {
  const parsed = env.parse(expression);
  const checked = parsed.check();
  assert.ok(checked.valid, `${expression}: ${checked.error?.message}`);
  const compiled = compile(parsed.ast, SHAPES);
  const frame = frameOf();
  let value: unknown = 'no value';
  try {
    value = plain(compiled.run(frame));
  } catch (error) {
    assert.ok(error instanceof EvaluationError, `${expression}: ${error}`);
  }
  return { value, taken: MAX_STEPS - frame.steps, bound: compiled.steps };
}

function theirs(expression: string): unknown {
  try {
    return plain(env.parse(expression)(BINDINGS));
  } catch {
    // An evaluation without a value.
    return 'no value';
  }
}

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [String(k), plain(v)]));
  return value;
};

const ints = fc.constantFrom('n', '0', '1', '-7', '9223372036854775807', 'size(s)', 'int(x)', 'size(tags)');
const doubles = fc.constantFrom('x', '0.0', '-1.5', '1e10', 'double(n)', 'double("2.5")');
const strings = fc.constantFrom(
  ...['s', '""', '"web"', '"ü-1"', 'tags.host', 'tags["zone"]', 'tags.nowhere', 'string(n)', 'string(x)'],
);

/** Expressions by their type, each made of smaller ones. */
const { bool } = fc.letrec<{ int: string; double: string; string: string; strings: string; bool: string }>(
  (tie) => {
    const pair = (kind: 'int' | 'double' | 'string' | 'strings' | 'bool', ...operators: string[]) =>
      fc
        .tuple(tie(kind), fc.constantFrom(...operators), tie(kind))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`);
    const chosen = (kind: 'int' | 'double' | 'string') =>
      fc.tuple(tie('bool'), tie(kind), tie(kind)).map(([a, b, c]) => `(${a} ? ${b} : ${c})`);
    return {
      int: fc.oneof({ maxDepth: 3 }, ints, pair('int', '+', '-', '*', '/', '%'), chosen('int')),
      double: fc.oneof({ maxDepth: 3 }, doubles, pair('double', '+', '-', '*', '/'), chosen('double')),
      string: fc.oneof(
        { maxDepth: 3 },
        strings,
        pair('string', '+'),
        chosen('string'),
        fc
          .tuple(tie('string'), fc.constantFrom('lowerAscii()', 'trim()', 'substring(1)', 'substring(0, 2)'))
          .map(([of, call]) => `${of}.${call}`),
        tie('strings').map((of) => `${of}.join("-")`),
        fc.tuple(tie('strings'), ints).map(([of, at]) => `${of}[${at}]`),
      ),
      strings: fc.oneof(
        { maxDepth: 3 },
        fc.constant('tags.filter(k, false)'),
        fc
          .array(tie('string') as fc.Arbitrary<string>, { minLength: 1, maxLength: 3 })
          .map((all) => `[${all.join(', ')}]`),
        pair('strings', '+'),
        tie('string').map((of) => `${of}.split("-")`),
        fc.constantFrom('tags.map(k, k)', 'tags.map(k, k != "zone", tags[k])', 'tags.filter(k, size(k) > 4)'),
        fc.tuple(tie('strings'), tie('string')).map(([of, made]) => `${of}.map(e, e + ${made})`),
        fc.tuple(tie('strings'), tie('string')).map(([of, less]) => `${of}.filter(e, e != ${less})`),
      ),
      bool: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('true', 'false', 'has(tags.host)', 'has(tags.nowhere)', '"host" in tags'),
        pair('int', '==', '!=', '<', '>='),
        pair('double', '==', '!=', '<=', '>'),
        pair('string', '==', '!=', '<', '>'),
        pair('strings', '==', '!='),
        pair('bool', '&&', '||', '=='),
        fc.tuple(tie('int'), tie('double')).map(([a, b]) => `(${a} < ${b})`),
        tie('bool').map((of) => `!${of}`),
        fc
          .tuple(tie('string'), fc.constantFrom('startsWith', 'endsWith', 'contains'), tie('string'))
          .map(([of, call, part]) => `${of}.${call}(${part})`),
        fc
          .tuple(tie('string'), fc.constantFrom('^web', '[0-9]+$', '(a|b)*', 'ü'))
          .map(([of, p]) => `${of}.matches("${p}")`),
        fc.tuple(tie('string'), tie('strings')).map(([one, of]) => `(${one} in ${of})`),
        fc
          .tuple(tie('strings'), fc.constantFrom('all', 'exists', 'exists_one'), tie('string'))
          .map(([of, macro, one]) => `${of}.${macro}(e, e == ${one})`),
        fc
          .tuple(tie('strings'), fc.constantFrom('all', 'exists'))
          .map(([of, macro]) => `${of}.${macro}(e, tags[e] != "")`),
      ),
    };
  },
);

test('an evaluation gives what the library gives, or none where it gives none, within the steps foretold', () => {
  fc.assert(
    fc.property(bool, (expression) => {
      // Of some lists within lists the type checker finds no type.
      fc.pre(env.check(expression).valid);
      const { value, taken, bound } = ours(expression);
      assert.deepEqual(value, theirs(expression), expression);
      assert.ok(taken <= bound, `${expression}: ${taken} steps of ${bound}`);
    }),
    { numRuns: 3_000 },
  );
});

test('numbers are converted, compared by value and do not overflow', () => {
  const cases: readonly (readonly [expression: string, value: unknown])[] = [
    ['n == int("3") && double(n) == 3.0 && n < 3.5 && 2.5 < n', true],
    ['dyn(n) == 3.0 && dyn(3.0) == n', true],
    ['9223372036854775807 + 1 > 0', 'no value'],
    ['-(-9223372036854775807 - 1) > 0', 'no value'],
    ['n / 0 == 1', 'no value'],
    ['1.0 / 0.0 > 1e300', true],
    ['int(1e300) > 0', 'no value'],
    ['bool("true") && !bool("0")', true],
    ['double("nan") == double("nan")', false],
    ['{1: "a", 2: "b"}[n - 1] == "b"', true],
    ['[1, 2, 3][n] == 1', 'no value'],
    ['size("üé😀") == 3', true],
  ];
  for (const [expression, value] of cases) assert.equal(ours(expression).value, value, expression);
});

test('prototypes are no tags', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(ours(`tags["${name}"] == ""`).value, 'no value');
    assert.equal(ours(`"${name}" in tags`).value, false);
  }
});

test('an evaluation ends when its steps are used up, and nothing in the expression goes on without', () => {
  const wide = `[${Array.from({ length: 60 }, (_, i) => i).join(', ')}]`;
  const bomb = `${wide}.all(a, ${wide}.all(b, ${wide}.all(c, a + b + c >= 0)))`;
  for (const expression of [bomb, `true || ${bomb}`, `${bomb} || true`, `${wide}.exists(d, ${bomb})`]) {
    const compiled = compile(env.parse(expression).ast, SHAPES);
    assert.ok(compiled.steps > MAX_STEPS);
    const frame = frameOf();
    if (expression.startsWith('true ||')) assert.equal(compiled.run(frame), true);
    else assert.throws(() => compiled.run(frame), TooManySteps);
  }
});

test('texts and lists that double take steps for what they become', () => {
  const doubled = Array.from({ length: 40 }).reduce<string>(
    (of) => `[${of}].map(e, e + e)[0]`,
    '"0123456789abcdef"',
  );
  const lists = Array.from({ length: 40 }).reduce<string>((of) => `[${of}].map(e, e + e)[0]`, '[1, 2]');
  const nested = (of: string) =>
    Array.from({ length: 40 }).reduce<string>((one) => `[${one}].map(e, [e, e])[0]`, of);
  for (const expression of [
    `size(${doubled}) > 0`,
    `size(${lists}) > 0`,
    `${nested('1')} == ${nested('1')}`,
    `[${doubled}].exists(e, e.contains("x"))`,
  ]) {
    const deep = new Environment({ unlistedVariablesAreDyn: false });
    const { ast, check } = deep.parse(expression);
    assert.equal(check().valid, true);
    const compiled = compile(ast, new Map());
    assert.ok(compiled.steps > 1e9, `${expression} is foretold ${compiled.steps} steps`);
    assert.throws(() => compiled.run(frameOf()), TooManySteps);
  }
});
