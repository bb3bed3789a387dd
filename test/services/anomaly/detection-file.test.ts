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
    ['rules: []', /^rules\.yaml:1:1: rules: unknown key; allowed: detection$/],
    ['detection:\n  - 7', /^rules\.yaml:2:5: detection\[0\]: must be a rule/],
    [
      'detection:\n  - { metric: cpu }',
      /^rules\.yaml:2:7: detection\[0\]\.metric: unknown key; did you mean "metrics"\? allowed: metrics, tenants/,
    ],
    [
      'detection:\n  - { field: average }',
      /^rules\.yaml:2:14: detection\[0\]\.field: must be mean, min, .*: value was "average"$/,
    ],
    [
      'detection:\n  - { sensitivity: 9 }',
      /^rules\.yaml:2:20: detection\[0\]\.sensitivity: must be a number from 0\.2 to 5: value was 9$/,
    ],
    [
      'detection:\n  - { above: high }',
      /^rules\.yaml:2:14: detection\[0\]\.above: must be a number: value was "high"$/,
    ],
    [
      'detection:\n  - { window: 1 }',
      /^rules\.yaml:2:15: detection\[0\]\.window: must be text: value was 1$/,
    ],
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
