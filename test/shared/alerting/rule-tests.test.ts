import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { expand, parseRuleTests, type RuleTest, runRuleTest } from '../../../shared/alerting/rule-tests.js';
import { loadRules, parseRules } from '../../../shared/alerting/rules/rules-file.js';

const OPTIONS = {
  codecs: staticCodecs(),
  staleAfterMs: 120_000,
  anomalyStaleAfterMs: 300_000,
  forgetAfterMs: 86_400_000,
  joinWaitMs: 30_000,
};
const TESTS = `tests:
  - name: a busy CPU fires after half a minute and is over with the first calm window
    series:
      - { metric: system.cpu.usage_percent, tags: { host: a }, values: 20 95x4 10x3 }
    alerts:
      - { at: 20s, rule: HostCpuHigh, expect: [{ state: pending, labels: { host: a } }] }
      - { at: 50s, rule: HostCpuHigh, expect: [{ state: firing, labels: { host: a, severity: warning } }] }
      - { at: 1m10s, rule: HostCpuHigh, expect: [] }
  - name: a host that sends nothing any more is reported
    series:
      - { metric: system.uptime_seconds, tags: { host: a }, values: 1+10x3 _x11 99 }
    alerts:
      - { at: 40s, rule: CollectorSilent }
      - { at: 2m20s, rule: CollectorSilent, expect: [{ labels: { host: a } }] }
      - { at: 2m40s, rule: CollectorSilent }
`;
const { rules } = loadRules('');

test('the shipped rules do what the tests of them say', () => {
  for (const one of parseRuleTests(TESTS, 'test.yaml'))
    assert.deepEqual(runRuleTest(rules, one, OPTIONS), [], one.name);
});

test('a rule on a rate is tested with what a counter goes up by', () => {
  const own = parseRules(
    'rules: [{ name: Errors, window: 10s, metric: errors_total, expr: rate > 5.0, noData: resolve }]',
    'rules.yaml',
  );
  const [one] = parseRuleTests(
    `tests:
      - series:
          - { metric: errors_total, tags: { host: a }, increases: 40 60x2 _ 10 }
          - { metric: errors_total, tags: { host: b }, increases: 10x4 }
        alerts:
          - { at: 10s, rule: Errors }
          - { at: 20s, rule: Errors, expect: [{ labels: { host: a } }] }
          - { at: 1m, rule: Errors }`,
    'test.yaml',
  );
  assert.deepEqual(runRuleTest(own, one as RuleTest, OPTIONS), []);
});

test('a rule is tested with any figure of windows, their quantiles, and anomalies', () => {
  const own = parseRules(
    `rules:
      - { name: Slow, window: 10s, metric: latency_ms, expr: 'quantiles["0.95"] > 900.0 && count >= 10' }
      - { name: Wide, window: 10s, metric: latency_ms, expr: 'max - min > 50.0 && sum == 30.0' }
      - { name: Few, window: 10s, metric: users, expr: distinct < 3 }
      - { name: Odd, on: anomaly, expr: 'anomaly.score > 0.7 && anomaly.value > anomaly.upper' }`,
    'rules.yaml',
  );
  const [one] = parseRuleTests(
    `tests:
      - series:
          - metric: latency_ms
            values: 3x3
            count: 10x1 5 10
            min: 1x3
            max: 2 99 2x2
            quantiles: { "0.95": 950 1 950 950 }
          - { metric: users, distinct: 5 2 }
        anomalies:
          - { at: 15s, metric: cpu, tags: { host: a }, score: 0.9, value: 9, upper: 5 }
          - { at: 15s, metric: cpu, tags: { host: b }, score: 0.6, value: 9, upper: 5 }
        alerts:
          - { at: 10s, rule: Slow, expect: [{}] }
          - { at: 20s, rule: Slow }
          - { at: 30s, rule: Slow }
          - { at: 40s, rule: Slow, expect: [{}] }
          - { at: 10s, rule: Wide }
          - { at: 20s, rule: Wide, expect: [{}] }
          - { at: 10s, rule: Few }
          - { at: 20s, rule: Few, expect: [{}] }
          - { at: 10s, rule: Odd }
          - { at: 20s, rule: Odd, expect: [{ labels: { host: a } }] }`,
    'test.yaml',
  );
  assert.deepEqual(runRuleTest(own, one as RuleTest, OPTIONS), []);
});

test('a rule on anomalies is tested at its own threshold and sensitivity, with lesser ones too', () => {
  const own = parseRules(
    `rules:
      - { name: Readily, on: anomaly, model: level, threshold: 0.8, sensitivity: high }
      - { name: Hardly, on: anomaly, sensitivity: low }`,
    'rules.yaml',
  );
  const [one] = parseRuleTests(
    `tests:
      - anomalies:
          - { at: 10s, metric: cpu, value: 9, score: 0.3, detector: shift }
          - { at: 20s, metric: cpu, value: 9, score: 0.3, detector: rate+level }
          - { at: 30s, metric: cpu, value: 9, score: 0.97, detector: shift }
        alerts:
          - { at: 10s, rule: Readily }
          - { at: 20s, rule: Readily, expect: [{ labels: { metric: cpu } }] }
          - { at: 20s, rule: Hardly }
          - { at: 30s, rule: Hardly, expect: [{ labels: { metric: cpu } }] }`,
    'test.yaml',
  );
  assert.deepEqual(runRuleTest(own, one as RuleTest, OPTIONS), []);
});

test('what is expected at the start, or after the last whole interval, is compared too', () => {
  const [one] = parseRuleTests(
    `tests:
      - series: [{ metric: cpu, values: 1 }]
        alerts:
          - { at: 0s, rule: Hot, expect: [{}] }
          - { at: 25s, rule: Hot, expect: [{}] }`,
    'test.yaml',
  );
  const problems = runRuleTest(rules, one as RuleTest, OPTIONS);
  assert.deepEqual(
    problems.map((problem) => problem.slice(0, 12)),
    ['at 0 s, Hot:', 'at 25 s, Hot'],
  );
});

test('what is not as expected is reported with its time and rule', () => {
  const [first] = parseRuleTests(TESTS.replace('state: pending', 'state: firing'), 'test.yaml');
  assert.ok(first !== undefined);
  const problems = runRuleTest(rules, first, OPTIONS);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^at 20 s, HostCpuHigh: expected \{"state":"firing".*there is none$/);
  assert.match(problems[1] ?? '', /^at 20 s, HostCpuHigh: not expected: \{"state":"pending"/);
});

test("values are written as promtool's", () => {
  assert.deepEqual(expand('5 _ 1x2 2+3x2 _x2 -1.5'), [5, null, 1, 1, 1, 2, 5, 8, null, null, -1.5]);
  const huge = `1${'0'.repeat(309)}`;
  for (const bad of ['x', '1x', '1+x3', '1x999999', huge, `1+${huge}x2`, `1x${huge}`])
    assert.equal(expand(bad), null, bad);
});

test('mistakes in a file of tests are reported with their place', () => {
  const of = (text: string) => () => parseRuleTests(text, 'test.yaml');
  assert.throws(of('tests: 5'), /test\.yaml:1:8: tests: must be a list of tests: value was 5/);
  assert.throws(
    of('tests: [{ series: [{ metric: a, values: z }] }]'),
    /tests\[0\]\.series\[0\]\.values: must be numbers such as/,
  );
  assert.throws(
    of('tests: [{ alerts: [{ rule: A, at: 100000d }] }]'),
    /tests\[0\]\.alerts\[0\]\.at: must be at least 0s and at most 30d/,
  );
  for (const [text, says] of [
    ['count: 1.5', /series\[0\]\.count: must be whole numbers/],
    ['distinct: "9007199254740993"', /series\[0\]\.distinct: must be whole numbers/],
    ['quantiles: { p95: 1 }', /series\[0\]\.quantiles\.p95: must be named by a number/],
    ['mean: 1', /series\[0\]\.mean: unknown key/],
  ] as const)
    assert.throws(of(`tests: [{ series: [{ metric: a, values: 1, ${text} }] }]`), says);
  assert.throws(
    of('tests: [{ anomalies: [{ metric: a, at: 10s, score: 2 }] }]'),
    /anomalies\[0\]\.score: must be a number from 0 to 1/,
  );
  assert.throws(of('tests: [{ alerts: [{ rule: A }] }]'), /tests\[0\]\.alerts\[0\]\.at: is missing/);
});
