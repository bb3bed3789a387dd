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
  for (const bad of ['x', '1x', '1+x3', '1x999999']) assert.equal(expand(bad), null, bad);
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
  assert.throws(of('tests: [{ alerts: [{ rule: A }] }]'), /tests\[0\]\.alerts\[0\]\.at: is missing/);
});
