import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules, parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { cpuMs } from '../../../support/cpu-time.js';

function problemsOf(text: string): string {
  try {
    parseRules(text, 'my.yaml');
  } catch (error) {
    assert.ok(error instanceof TactusError);
    assert.equal(error.code, 'TACTUS_CONFIG_INVALID');
    for (const line of error.message.split('\n')) assert.match(line, /^my\.yaml:\d+:\d+: /);
    return error.message;
  }
  return assert.fail('the rules were accepted');
}

/** One rule that is right, with some lines replaced or added. */
function rule(lines: Record<string, string> = {}): string {
  const all = { name: 'Hot', window: '10s', expr: 'mean > 80.0', ...lines };
  const text = Object.entries(all).map(([key, value]) => `    ${key}: ${value}`);
  return `rules:\n  - ${text.join('\n').trimStart()}\n`;
}

test('the shipped rules watch the host, its collector, the pipeline and critical anomalies', () => {
  const { rules } = loadRules('');
  const watched = (metric: string) =>
    rules
      .filter((r) => r.on === 'window' && r.window === '10s' && r.metric(metric))
      .map((r) => r.condition.source);
  assert.deepEqual(watched('system.cpu.usage_percent'), ['mean > 80.0']);
  assert.deepEqual(watched('system.memory.used_percent'), ['mean > 85.0']);
  assert.deepEqual(watched('system.disk.used_percent'), ['last > 90.0']);
  assert.deepEqual(watched('system.uptime_seconds'), ['no data']);
  assert.deepEqual(watched('tactus.pipeline.lag_records'), ['min > 10000.0']);
  assert.deepEqual(watched('tactus.pipeline.dead_letters_per_second'), ['mean > 0.1']);
  assert.deepEqual(watched('anything.else'), []);
  assert.deepEqual(
    rules.map((r) => [r.name, r.on, r.forMs, r.severity]),
    [
      ['HostCpuHigh', 'window', 30_000, 'warning'],
      ['HostMemoryHigh', 'window', 30_000, 'warning'],
      ['HostDiskFull', 'window', 30_000, 'critical'],
      ['CollectorSilent', 'window', 30_000, 'critical'],
      ['PipelineLag', 'window', 60_000, 'warning'],
      ['DeadLetters', 'window', 60_000, 'warning'],
      ['CriticalAnomaly', 'anomaly', 0, 'critical'],
    ],
  );
});

test('a rule has its defaults, and globs for metric and tenant', () => {
  const [read] = parseRules(rule({ metric: 'app.*', tenant: 'a*e' }), 'my.yaml');
  assert.ok(read !== undefined);
  assert.deepEqual(
    [read.on, read.severity, read.forMs, read.staleAfterMs, read.groupBy],
    ['window', 'warning', 0, null, null],
  );
  assert.deepEqual([read.metric('app.cpu'), read.metric('xapp.cpu')], [true, false]);
  assert.deepEqual([read.tenant('acme'), read.tenant('acm')], [true, false]);
});

test('each mistake is reported with file, line, column, key, value and what is allowed', () => {
  const cases: [lines: Record<string, string>, expected: RegExp][] = [
    [
      { expresion: 'mean > 1' },
      /^my\.yaml:5:5: rules\[0\]\.expresion: unknown key; did you mean "expr"\? allowed: name, on, window,/,
    ],
    [{ expr: 'mean >' }, /^my\.yaml:4:17: rules\[0\]\.expr: Unexpected token: EOF .*value was "mean >"/],
    [
      { expr: 'mena > 1.0' },
      /expr: Unknown variable: mena at "mena"; allowed are CEL expressions over count, distinct \(int\), sum, /,
    ],
    ...['if', 'package', 'int', 'map', 'optional', 'google'].flatMap((one): typeof cases => [
      [
        { values: `{ ${one}: mean }` },
        new RegExp(`^my.yaml:5:\\d+: rules.0..values.${one}: must be named by`),
      ],
      [
        { metrics: `{ ${one}: a, other: b }`, expr: 'other.sum > 1.0' },
        new RegExp(`^my.yaml:5:\\d+: rules.0..metrics.${one}: must be named by`),
      ],
    ]),
    [{ expr: 'mean * 2 > 1.0' }, /expr: no such overload: double \* int at .*write 2\.0 with a double/],
    [{ expr: 'mean + 1.0' }, /expr: gives double; allowed are conditions \(bool\)/],
    [{ expr: '""' }, /expr: must be a condition in CEL .*value was ""/],
    [{ on: 'anomaly', expr: 'anomaly.sevrity == "x"' }, /expr: No such key: sevrity/],
    [{ for: '30 sec' }, /^my\.yaml:5:10: rules\[0\]\.for: must be a duration such as .*: value was "30 sec"/],
    [{ for: '30' }, /for: must be a duration .*: value was 30/],
    [{ on: 'anomaly', expr: 'anomaly.score > 0.9', for: '30s' }, /for: is allowed with `on: window` only/],
    [{ model: 'level', threshold: '0.8' }, /model: is allowed with `on: anomaly` only/],
    [
      { on: 'anomaly', model: 'levels' },
      /model: must be one of anomaly_detector, baseline, .*: value was "levels"; did you mean "level"\?/,
    ],
    [{ on: 'anomaly', threshold: '1.2' }, /threshold: must be a number from 0 to 1: value was 1\.2/],
    [
      { on: 'anomaly', sensitivity: 'highest' },
      /sensitivity: must be one of low, medium, high, or a number from 0 to 0\.75: value was "highest"/,
    ],
    [
      { on: 'anomaly', sensitivity: 'high', threshold: '0.4' },
      /threshold: must be from 0\.5 to 1 at sensitivity high: what scores less is not kept: value was 0\.4/,
    ],
    [{ on: 'anomaly', threshold: '0' }, /threshold: must be from 0\.04 to 1 at sensitivity medium/],
    [{ on: 'anomaly', model: 'stuck', sensitivity: 'high' }, /sensitivity: does not change what stuck finds/],
    [
      { on: 'anomaly', model: 'silence', threshold: '0.8' },
      /threshold: must be at most 0\.7, the score of all/,
    ],
    [
      { on: 'anomaly', model: 'isolation-forest', sensitivity: 'high' },
      /sensitivity: must be at most 0\.5 \(medium\): lesser ones of isolation-forest are not kept/,
    ],
    [{ staleAfter: '10ms' }, /staleAfter: must be at least 1s: value was "10ms"/],
    [{ severity: 'fatal' }, /severity: must be one of info, warning, critical: value was "fatal"/],
    [{ on: 'point' }, /on: must be one of window, anomaly: value was "point"/],
    [{ name: 'two words' }, /name: must be 1 to 100 of .*: value was "two words"/],
    [{ groupBy: 'host' }, /groupBy: must be `series` or a list of different tag names: value was "host"/],
    [{ groupBy: '[host, host]' }, /groupBy: must be .* different tag names: "host" is there twice/],
    [{ labels: '{ severity: x }' }, /labels\.severity: is set by Tactus/],
    [{ labels: '{ team: 5 }' }, /labels\.team: must be text of at most .*: value was 5/],
    [
      { flapping: 'often' },
      /flapping: must be true, false, or \{ high: PER CENT, low: PER CENT \}: value was "often"/,
    ],
    [{ flapping: '{ high: 20, low: 30 }' }, /flapping\.low: must be at most high, which is 20: value was 30/],
    [{ flapping: '{ high: 100 }' }, /flapping\.high: must be a number from 1 to 99: value was 100/],
    [
      { on: 'anomaly', expr: 'anomaly.score > 0.9', flapping: 'true' },
      /flapping: is allowed with `on: window` only/,
    ],
    [{ annotations: '{ flapping: x }' }, /annotations\.flapping: is set by Tactus/],
    [{ keepFiringFor: '5' }, /keepFiringFor: must be a duration .*: value was 5/],
    [{ noData: 'ignore' }, /noData: must be one of resolve, keep, alert: value was "ignore"/],
    [
      { on: 'anomaly', expr: 'anomaly.score > 0.9', noData: 'keep' },
      /noData: is allowed with `on: window` only/,
    ],
    [{ name: 'RuleFailing' }, /name: must be without the prefix RuleFailing/],
    [{ values: '{ mean: max }' }, /values\.mean: must be named by an identifier that is not taken/],
    [{ values: '{ spread: max > min }' }, /values\.spread: gives bool; allowed are a double/],
    [{ metrics: '{ a: x }' }, /metrics: must name 2 to 8 metrics/],
    [{ metrics: '{ a: x, b: "y*" }' }, /metrics\.b: must be the name of a metric, or .*: value was "y\*"/],
    [{ metrics: '{ a: x, b: y }', metric: 'z' }, /metric: is allowed without `metrics` only/],
    [
      { metrics: '{ a: { metric: x, default: 0 }, b: { metric: y, default: 0 } }' },
      /metrics: must hold one without `default`/,
    ],
    [{ metrics: '{ a: x, b: y }' }, /expr: Unknown variable: mean .* over a, b each with \.count, \.sum/],
    [{ annotations: '{ resolution: x }' }, /annotations\.resolution: is set by Tactus/],
    [
      { annotations: '{ summary: "at {{valu}}" }' },
      /annotations\.summary: unknown placeholder \{\{valu\}\}; allowed are/,
    ],
    [{ annotations: '{ summary: "at {{value" }' }, /annotations\.summary: has \{\{ or \}\} without/],
  ];
  for (const [lines, expected] of cases) assert.match(problemsOf(rule(lines)), expected);
});

test('a mistake inside an expression is reported with the line and column of its place', () => {
  const place = (lines: Record<string, string>) =>
    /my\.yaml:(\d+:\d+): rules\[0\]\.\w+/.exec(problemsOf(rule(lines)))?.[1];
  const column = '    expr: '.length + 1;
  assert.equal(place({ expr: 'max > 1.0 && mena > 1.0' }), `4:${column + 13}`);
  assert.equal(place({ expr: '"max > 1.0 && mena > 1.0"' }), `4:${column + 14}`);
  assert.equal(place({ expr: "'max > 1.0 && mena > 1.0'" }), `4:${column + 14}`);
  assert.equal(place({ expr: '|\n      max > 1.0 &&\n      mena > 1.0' }), '6:7');
  assert.equal(place({ values: '{ spread: max - mni }' }), `5:${'    values: { spread: max - '.length + 1}`);
  // Escaped: the place in the file is not that in the text, so it is where the text begins.
  assert.equal(place({ expr: '"tags.a == \\"x\\" && mena > 1.0"' }), `4:${column}`);
});

test('values have names that the condition, the value of the alert and the annotations use', () => {
  const [read] = parseRules(
    rule({
      values: '{ spread: max - min, ratio: spread / max }',
      expr: 'ratio > 0.5',
      annotations: '{ summary: "{{ratio}}" }',
    }),
    'my.yaml',
  );
  const bindings = { count: 1n, sum: 4, min: 1, max: 4, mean: 4, stddev: 0, first: 1, last: 4, tags: {} };
  assert.equal(read?.condition.holds(bindings), true);
  assert.deepEqual({ ...read?.condition.figures(bindings) }, { spread: 3, ratio: 0.75, value: 0.75 });
});

test('all mistakes of a file are reported at once, a line for each', () => {
  const problems = problemsOf(`${rule({ severity: 'x', for: 'y' })}  - name: Second\n    on: anomaly\n`);
  assert.match(problems, /^my\.yaml:5:\d+: .*severity: .*\nmy\.yaml:/);
  assert.match(problems, /rules\[0\]\.for: /);
  assert.match(problems, /my\.yaml:7:5: rules\[1\]\.expr: is missing/);
});

test('a window is needed unless the rule is about anomalies', () => {
  assert.match(
    problemsOf('rules:\n  - name: A\n    expr: mean > 1.0\n'),
    /:2:5: rules\[0\]\.window: is missing/,
  );
  const [read] = parseRules('rules: [{ name: A, on: anomaly, expr: anomaly.score > 0.9 }]', 'my.yaml');
  assert.equal(read?.window, null);
});

test('two rules of one name, broken YAML and other contents are refused', () => {
  assert.match(
    problemsOf(rule() + rule().slice('rules:\n'.length)),
    /:5:11: rules\[1\]\.name: "Hot" is used twice/,
  );
  assert.match(problemsOf('rules: ['), /^my\.yaml:1:9: /);
  assert.match(problemsOf(''), /my\.yaml:1:1: must hold the one key `rules`/);
  assert.match(problemsOf('rulez: []'), /:1:1: rulez: unknown key; did you mean "rules"\?/);
  assert.match(problemsOf('rules: [5]'), /:1:9: rules\[0\]: must be a mapping/);
  assert.match(problemsOf(rule({ name: 'Hot\n    name: Hotter' })), /my\.yaml:3:5: Map keys must be unique/);
});

test('a rules file that is not there is named with its variable', () => {
  assert.throws(
    () => loadRules('/nowhere/rules.yaml'),
    /^TactusError: RULES_FILE .*"\/nowhere\/rules\.yaml"/,
  );
});

const WIDE = `[${Array.from({ length: 40 }, (_, i) => i).join(', ')}]`;

test('a rule that may take too many steps is refused with its place, and so are too many of them', () => {
  const nested = Array.from({ length: 14 }).reduce<string>((of) => `[1, 2, 3].all(a, ${of})`, 'count > 0');
  assert.match(
    problemsOf(rule({ expr: `"${nested}"` })),
    /:4:\d+: rules\[0\]\.expr: may take \d+ steps for one window, .*; allowed are 100000: nest all, /,
  );
  assert.match(
    problemsOf(rule({ values: `{ a: "double(size(${WIDE}.map(b, ${WIDE}.map(c, ${WIDE}))))" }` })),
    /values\.a: may take/,
  );
  const joined = { metrics: '{ a: x, b: y }', expr: `"${WIDE}.all(a, ${WIDE}.all(b, a >= b))"` };
  assert.match(problemsOf(rule(joined)), /expr: may take \d+ steps .*; allowed are 10000:/);
  const heavy = `${WIDE}.all(a, ${WIDE}.all(b, (a + b) * (a - b) < a * b))`;
  const all = Array.from({ length: 900 }, (_, i) =>
    rule({ name: `R${i}`, expr: `"${heavy}"` }).slice('rules:\n'.length),
  );
  assert.match(
    problemsOf(`rules:\n${all.join('')}`),
    /rules: the rules may take \d+ steps for one window; at most 10000000/,
  );
});

test('a pattern must be a literal in RE2 syntax, and what CEL has beyond texts and numbers is refused by name', () => {
  const cases: [expr: string, expected: RegExp][] = [
    ['tags.host.matches("(?=a)")', /expr: the pattern is no regular expression in RE2's syntax: .*\(\?=/],
    ['tags.host.matches("(a)\\\\1")', /expr: the pattern is no regular expression/],
    ['tags.host.matches(tags.pattern)', /expr: matches\(\) takes a literal pattern: "tags\.pattern"/],
    ['duration("1s") == duration("1s")', /expr: duration is not available; the functions are size, /],
    ['cel.bind(a, 1, a == 1)', /expr: bind\(\) is not available/],
    ['b"a" == b"a"', /expr: literals of bytes and of uint are not available/],
    ['{tags.host: 1} == {tags.host: 1}', /expr: keys of maps must be literals/],
  ];
  for (const [expr, expected] of cases) assert.match(problemsOf(rule({ expr: `'${expr}'` })), expected);
  const maps = Array.from({ length: 40 }, (_, i) => i).reduce<string>(
    (of, i) => `${of}.map(a${i}, {a${i}: a${i}})`,
    '[1]',
  );
  const started = cpuMs();
  assert.match(problemsOf(rule({ expr: `'${maps} == []'` })), /keys of maps must be literals/);
  assert.ok(cpuMs() - started < 1_000);
});

test('conditions that take a backtracking engine for ever are evaluated at once', () => {
  const [read] = parseRules(
    rule({ expr: `'tags.host.matches("^(a+)+$") || tags.host.matches("(([a-z._]+)+)+!")'` }),
    'my.yaml',
  );
  const started = cpuMs();
  assert.equal(read?.condition.holds({ tags: { host: `${'a'.repeat(250)}?` } }), false);
  assert.ok(cpuMs() - started < 1_000);
});

test('an evaluation that larger tags than usual make too long has no value, and says so', () => {
  const expr = `'tags.all(a, tags.all(b, a != b || true))'`;
  const [read] = parseRules(rule({ expr }), 'my.yaml');
  const tags = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`tag${i}`, 'x']));
  assert.equal(read?.condition.holds({ tags: { a: 'x' } }), true);
  assert.equal(read?.condition.holds({ tags }), 'takes more than 100000 steps');
  assert.ok(Number.isNaN(read?.condition.figures({ tags, mean: 1 }).value) === false);
});

test('a placeholder of blanks is refused at once, and what senders fill in is cut', () => {
  const started = cpuMs();
  assert.match(
    problemsOf(rule({ annotations: `{ a: "{{${' '.repeat(1_990)}" }` })),
    /without its other half/,
  );
  assert.ok(cpuMs() - started < 1_000);
  const [read] = parseRules(rule({ annotations: `{ a: "${'{{ tags.host }}'.repeat(100)}" }` }), 'my.yaml');
  const filled = read?.annotations.a?.({ fields: {}, tags: { host: 'h'.repeat(256) }, labels: {} }) ?? '';
  assert.equal(filled, `${'h'.repeat(4_000)}...`);
  const emoji =
    read?.annotations.a?.({ fields: {}, tags: { host: `h${'😀'.repeat(124)}` }, labels: {} }) ?? '';
  assert.ok(emoji.isWellFormed() && emoji.endsWith('😀\ufffd...'), emoji.slice(-5));
});

test('a rule has at most so many labels, annotations and values, and no control characters in them', () => {
  const many = (value: string) => `{ ${Array.from({ length: 51 }, (_, i) => `n${i}: ${value}`).join(', ')} }`;
  for (const key of ['labels', 'annotations', 'values'])
    assert.match(
      problemsOf(rule({ [key]: many('max') })),
      new RegExp(`rules\\[0\\]\\.${key}: must hold at most 50: it holds 51`),
    );
  for (const key of ['labels', 'annotations'])
    assert.match(problemsOf(rule({ [key]: '{ __proto__: x }' })), /__proto__: must have another name/);
  for (const text of ['a\\0b', '\\e[31m', '\\x9b1m'])
    assert.match(
      problemsOf(rule({ labels: `{ team: "${text}" }` })),
      /labels\.team: must be text .* control/,
    );
  assert.equal(parseRules(rule({ annotations: '{ a: "one\\n\\ttwo" }' }), 'my.yaml').length, 1);
});

test('no rules at all are allowed', () => {
  assert.deepEqual(parseRules('rules: []', 'my.yaml'), []);
});

test('a recording rule without a name that has the prefix of failing rules is refused by its record', () => {
  assert.equal(
    problemsOf('rules:\n  - { record: RuleFailing, window: 10s, metric: a, expr: mean }\n'),
    'my.yaml:2:15: rules[0].record: must be without the prefix RuleFailing: value was "RuleFailing"',
  );
});
