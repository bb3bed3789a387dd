import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDetectionRules, parseDetectionRules } from '../../../services/anomaly/detection-file.js';
import type { DetectionRule } from '../../../services/anomaly/detection-rules.js';

const REST: DetectionRule = {
  ...{ metrics: '*', tenants: '*', window: '10s', field: 'mean', sensitivity: 1, above: null, below: null },
};
const parse = (text: string) => parseDetectionRules(text, 'rules.yaml', REST);

test('what a rule leaves out is as in the configuration', () => {
  const rules = parse(`
detection:
  - { metrics: system.cpu.*, window: 1m, above: 95 }
  - { tenants: acme, field: p99, sensitivity: 2 }
`);
  assert.deepEqual(rules, [
    { ...REST, metrics: 'system.cpu.*', window: '1m', above: 95 },
    { ...REST, tenants: 'acme', field: 'p99', sensitivity: 2 },
  ]);
});

test('anything wrong is refused with line, key, value and what is allowed', () => {
  const wrong: [string, RegExp][] = [
    ['rules: []', /^rules\.yaml:1: must be one key "detection" with a list of rules$/],
    ['detection:\n  - 7', /^rules\.yaml:2: must be a rule/],
    ['detection:\n  - { metric: cpu }', /^rules\.yaml:2: metric: unknown key; allowed are metrics, tenants/],
    ['detection:\n  - { field: average }', /^rules\.yaml:2: field: must be mean, min, .*; it is "average"$/],
    [
      'detection:\n  - { sensitivity: 9 }',
      /^rules\.yaml:2: sensitivity: must be a number from 0\.2 to 5; it is 9$/,
    ],
    ['detection:\n  - { above: high }', /^rules\.yaml:2: above: must be a number; it is "high"$/],
    ['detection:\n  - { window: 1 }', /^rules\.yaml:2: window: must be text; it is 1$/],
  ];
  for (const [text, message] of wrong)
    assert.throws(() => parse(text), { code: 'TACTUS_CONFIG_INVALID', message }, text);
});

test('without a file there are no rules; a file that is not there is refused', () => {
  assert.deepEqual(loadDetectionRules('', REST), []);
  assert.throws(() => loadDetectionRules('/nowhere.yaml', REST), {
    code: 'TACTUS_CONFIG_INVALID',
    message: /^TACTUS_ANOMALY_FILE: must be a readable file/,
  });
});
