import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  draftOf,
  lookingAt,
  NEW,
  type RuleBody,
  ruleOf,
  rulesFile,
  thresholdOf,
  thresholdOfPoints,
  withThreshold,
} from '../../../../../services/dashboard/pages/rules/draft.js';
import { MODELS as SHOWN } from '../../../../../services/dashboard/pages/rules/models.js';
import { MODELS } from '../../../../../shared/detection/models.js';

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const word = fc.stringMatching(/^[a-z][a-z0-9.]{0,8}$/);
const rules = fc
  .record({
    name: word,
    on: fc.constantFrom('window' as const, 'anomaly' as const),
    model: optional(fc.constantFrom(...MODELS.slice(1))),
    threshold: optional(fc.constantFrom(0, 0.8, 1)),
    sensitivity: optional(fc.constantFrom('high' as const, 0.3)),
    metric: optional(word),
    expr: optional(word),
    for: optional(fc.constantFrom('30s', '5m')),
    noData: optional(fc.constantFrom('keep' as const, 'alert' as const)),
    severity: fc.constantFrom('info' as const, 'warning' as const, 'critical' as const),
    groupBy: optional(fc.array(word, { minLength: 1, maxLength: 3 })),
    flapping: optional(fc.constantFrom(true as const, { high: 40 })),
    labels: optional(fc.dictionary(word, word, { noNullPrototype: true })),
    expected: optional(fc.array(fc.record({ metric: word }), { minLength: 1, maxLength: 2 })),
    annotations: optional(
      fc.dictionary(fc.constantFrom('summary', 'runbook_url', 'owner'), word, {
        minKeys: 1,
        noNullPrototype: true,
      }),
    ),
    enabled: optional(fc.constant(false)),
  })
  .map((rule) => {
    const isOf = (key: string) =>
      (rule.on === 'anomaly' || !['model', 'threshold', 'sensitivity'].includes(key)) &&
      (key !== 'expected' || rule.noData === 'alert');
    const model = rule.model ?? (rule.expr === undefined ? MODELS[0] : undefined);
    const entries = Object.entries({
      ...rule,
      model,
      ...(rule.on === 'anomaly' && { flapping: undefined }),
    }).filter(([key, value]) => value !== undefined && isOf(key));
    return Object.fromEntries(entries) as unknown as RuleBody;
  });

describe('what a new rule looks at', () => {
  it('does not wait for a second anomaly, and keeps what somebody wrote', () => {
    assert.equal(lookingAt(NEW, 'anomaly').for, '');
    assert.deepEqual(lookingAt(lookingAt(NEW, 'anomaly'), 'window'), NEW);
    assert.equal(lookingAt({ ...NEW, for: '5m' }, 'anomaly').for, '5m');
  });
});

describe('the form of a rule that is there', () => {
  const rule = { name: 'Up', window: '10s', expr: 'mean > 1.0', on: 'window' as const };

  it('keeps a grouping by tags that its field has no way to write, until another one is written', () => {
    const severity = 'warning' as const;
    const grouped = { ...rule, severity, groupBy: ['data center', 'host'] };
    assert.deepEqual(ruleOf(draftOf(grouped)), grouped);
    assert.deepEqual(ruleOf({ ...draftOf(grouped), groupBy: 'shop' }).groupBy, ['shop']);
  });

  it('expects series only while no data raises an alert', () => {
    const expecting = draftOf({ ...rule, noData: 'alert', expected: [{ metric: 'up' }] });
    assert.deepEqual(ruleOf(expecting).expected, [{ metric: 'up' }]);
    assert.equal('expected' in ruleOf({ ...expecting, noData: 'resolve' }), false);
  });
});

describe('the file of a rule', () => {
  it('says whose series are expected, and nothing of that elsewhere', () => {
    const rule: RuleBody = { name: 'Up', window: '10s', metric: 'up', noData: 'alert', enabled: false };
    const { enabled: _, ...applied } = rule;
    assert.deepEqual(JSON.parse(rulesFile(rule, 'acme')), { rules: [applied] });
    const expected = [{ tags: { host: 'a' } }];
    assert.deepEqual(JSON.parse(rulesFile({ ...rule, expected }, 'acme')), {
      rules: [{ ...applied, expected, tenant: 'acme' }],
    });
  });
});

describe('the form of a recording rule', () => {
  it('gives it back, without what alerts have', () => {
    const rule = {
      ...{ name: 'Errors', record: 'errors:ratio', window: '10s', expr: 'errors.sum / requests.sum' },
      ...{ metrics: { errors: 'errors', requests: 'requests' }, labels: { team: 'web' } },
    };
    assert.deepEqual(ruleOf(draftOf(rule)), rule);
    const alert = {
      name: 'Hot',
      on: 'window',
      metric: 'cpu',
      expr: 'max',
      for: '5m',
      severity: 'info',
    } as const;
    assert.deepEqual(ruleOf({ ...draftOf(alert), record: ' cpu:max ', window: '10s' }), {
      ...{ name: 'Hot', record: 'cpu:max', metric: 'cpu', expr: 'max', window: '10s' },
    });
  });
});

describe('the form of a rule', () => {
  it('gives the rule back that it was made for, with what it has no field for', () => {
    fc.assert(fc.property(rules, (rule) => assert.deepEqual(ruleOf(draftOf(rule)), rule)));
  });

  it('offers all models of anomalies', () => {
    assert.deepEqual(SHOWN.map(({ value }) => value).sort(), [...MODELS].sort());
  });

  it('leaves out what is empty', () => {
    assert.deepEqual(ruleOf({ ...NEW, name: ' Slow ', expr: 'mean > 1.0', for: ' ' }), {
      ...{ name: 'Slow', on: 'window', severity: 'warning', expr: 'mean > 1.0', window: '10s' },
    });
  });
});

describe('the threshold of a condition', () => {
  it('is there where it compares one figure with a number', () => {
    assert.deepEqual(
      ['mean > 300.0', 'errors.rate<=0.5', 'mean > 1.0 && count > 3', 'tags.host == "a"', ''].map(
        thresholdOf,
        thresholdOfPoints,
      ),
      [300, 0.5, null, null, null],
    );
  });

  it('is drawn over points where it is of them, not of how many there are', () => {
    const drawn = ['mean > 300.0', 'max >= 5.0', 'count > 3', 'increase > 3.0', 'anomaly.score > 0.9'];
    assert.deepEqual(drawn.map(thresholdOfPoints), [300, 5, null, null, null]);
  });

  it('is written as a double, and read as what was written', () => {
    assert.equal(withThreshold('mean > 300.0', 250), 'mean > 250.0');
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), (cents) => {
        const value = cents / 100;
        assert.equal(thresholdOf(withThreshold('max >= 1.0', value)), value);
      }),
    );
  });
});
