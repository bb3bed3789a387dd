import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Backtest } from '../../../../shared/alerting/backtest.js';
import { parseRuleTests, type RuleTest, runRuleTest } from '../../../../shared/alerting/rule-tests.js';
import { parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { codecs, EPOCH, Harness, windowOf } from '../helpers.js';

const RATIO = `rules:
  - { record: 'cpu:ratio', window: 10s, metric: cpu, expr: sum / min, labels: { team: web } }
`;
const JOINED = `rules:
  - name: Errors
    record: errors:ratio
    window: 10s
    metrics: { errors: { metric: errors, default: 0 }, requests: requests }
    expr: errors.sum / requests.sum
`;
const WAITS = {
  ...{ codecs, staleAfterMs: 120_000, anomalyStaleAfterMs: 300_000, forgetAfterMs: 86_400_000 },
  joinWaitMs: 30_000,
};
const brief = ({ recorded }: Harness) =>
  recorded.map(({ tags, start, mean }) => [tags.host, start - EPOCH, mean]);

describe('what a rule records', () => {
  it('is a window of one value, of the time of what it is made of', () => {
    const harness = new Harness(RATIO);
    harness.windows(windowOf(1, 4), windowOf(1, 5, { metric: 'other' }));
    const [window, ...more] = harness.recorded;
    assert.deepEqual(more, []);
    assert.deepEqual(window, {
      ...windowOf(1, 10, { metric: 'cpu:ratio', tags: { host: 'a', team: 'web' } }),
      ...{ count: 1, sum: 10, recordedBy: 'cpu:ratio', emittedAt: harness.now },
    });
    assert.deepEqual(harness.alerts, []);
  });

  it('is the same however its input comes in, and after a restart', () => {
    const inputs = fc.array(fc.record({ n: fc.nat(20), mean: fc.double({ min: 1, max: 9, noNaN: true }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(inputs, fc.nat(20), (all, cut) => {
        const windows = all.map(({ n, mean }) => windowOf(n, mean));
        const whole = new Harness(RATIO);
        whole.windows(...windows);
        const first = new Harness(RATIO);
        first.windows(...windows.slice(0, cut));
        const second = first.resumed(RATIO);
        second.windows(...windows.slice(cut));
        assert.deepEqual([...brief(first), ...brief(second)], brief(whole));
      }),
    );
  });

  it('is nothing where its value is not a number, infinite or too large, or whole numbers are divided by zero', () => {
    const harness = new Harness(
      RATIO.replace('sum / min', `'tags.host == "int" ? double(count / (count - count)) : sum / min'`),
    );
    const of = (host: string, sum: number, min: number) => windowOf(1, 1, { tags: { host }, sum, min });
    harness.windows(of('nan', 0, 0), of('infinite', 1, 0), of('large', 1e150, 0.1), of('int', 1, 0));
    harness.windows(of('fine', 8, 2));
    assert.deepEqual(brief(harness), [['fine', 10_000, 4]]);
    assert.deepEqual(harness.seen.recordings, [...Array(4).fill('no_value'), 'recorded']);
    assert.deepEqual(harness.alerts, []);
  });

  it('fails where the value cannot be said or a label would replace a tag, which an alert says until it is well', () => {
    const harness = new Harness(RATIO.replace('sum / min', 'double(tags.size)'));
    const [missing] = harness.windows(windowOf(1, 4));
    assert.deepEqual([missing?.labels.alertname, missing?.labels.rule], ['RuleFailing', 'cpu:ratio']);
    const [well] = harness.windows(windowOf(2, 4, { tags: { host: 'a', size: '7' } }));
    assert.equal(well, undefined);
    const [taken] = new Harness(RATIO).windows(windowOf(1, 4, { tags: { team: 'db' } }));
    assert.match(taken?.annotations.summary ?? '', /has the tag team already/);
    assert.deepEqual(harness.seen.recordings, ['failed', 'recorded']);
    assert.equal(harness.seen.failed, 1);
  });

  it('is not recorded from again', () => {
    const harness = new Harness(RATIO);
    harness.windows(windowOf(1, 4, { recordedBy: 'another' }));
    assert.deepEqual([harness.recorded, harness.seen.recordings], [[], []]);
  });

  it('has bounded series, four fifths of them of one tenant, until others are silent for an hour', () => {
    const harness = new Harness(RATIO, { maxRecorded: 5 });
    const of = (tenantId: string, n: number, host: string) => windowOf(n, 4, { tenantId, tags: { host } });
    harness.windows(...['a', 'b', 'c', 'd', 'e', 'a'].map((host) => of('acme', 1, host)));
    harness.windows(of('globex', 1, 'a'), of('globex', 1, 'b'));
    const four = Array(4).fill('recorded');
    assert.deepEqual(harness.seen.recordings, [...four, 'tenant', 'recorded', 'recorded', 'limit']);
    harness.windows(of('acme', 400, 'e'));
    assert.equal(harness.seen.recordings.at(-1), 'recorded');
  });

  it('is made of several metrics, with the default of one that has no window', () => {
    const harness = new Harness(JOINED, { on: 'state.joins' });
    const of = (n: number, metric: string, sum: number) => windowOf(n, 1, { metric, sum });
    harness.windows(of(1, 'errors', 2), of(1, 'requests', 8), of(2, 'requests', 8), of(9, 'requests', 0));
    harness.windows(of(9, 'errors', 3));
    assert.deepEqual(brief(harness), [
      ['a', 10_000, 0.25],
      ['a', 20_000, 0],
    ]);
    assert.deepEqual(
      harness.recorded.map(({ metric, end, recordedBy }) => [metric, end - EPOCH, recordedBy]),
      [20_000, 30_000].map((end) => ['errors:ratio', end, 'Errors']),
    );
    assert.equal(harness.seen.recordings.at(-1), 'no_value');
  });
});

describe('alerts on what was recorded', () => {
  const RULES = `${RATIO}  - { name: High, window: 10s, metric: 'cpu:*', expr: mean > 5.0, staleAfter: 30s }
`;
  const recorded = (n: number, mean: number) =>
    windowOf(n, mean, { metric: 'cpu:ratio', recordedBy: 'cpu:ratio' });
  const note = (time: number) => ({
    ...{ stage: 'windowing', topic: 'metrics', partitions: 1 },
    times: [{ partition: 0, time: EPOCH + time, atEnd: false }],
  });

  it('are not resolved by the time of windows, which it comes behind, but by the wall clock', () => {
    const harness = new Harness(RULES);
    harness.noted(note(20_000), recorded(1, 9), windowOf(1, 9));
    assert.equal(harness.alerts.at(-1)?.state, 'firing');
    harness.now += 2_000;
    harness.noted(note(600_000), windowOf(40, 9));
    assert.deepEqual(harness.tick(2_000), []);
    assert.equal(harness.tick(30_000).at(-1)?.state, 'resolved');
  });

  it('know of it after a restart', () => {
    const harness = new Harness(RULES);
    harness.noted(note(20_000), recorded(1, 9));
    const next = harness.resumed(RULES);
    next.now += 2_000;
    next.noted(note(600_000), windowOf(40, 9));
    assert.deepEqual(next.alerts, []);
  });

  it('do not fire for its silence before it could come', () => {
    const harness = new Harness(RULES.replace('expr: mean > 5.0,', 'noData: alert,'));
    harness.noted(note(20_000), recorded(1, 9));
    harness.now += 2_000;
    assert.deepEqual(harness.noted(note(600_000), windowOf(40, 9)), []);
    harness.tick(2_000, false);
    assert.equal(harness.tick(40_000).at(-1)?.state, 'firing');
  });

  it('may join it with what was measured, and wait for it', () => {
    const harness = new Harness(
      `${RATIO}  - name: Both
    window: 10s
    metrics: { made: 'cpu:ratio', cpu: { metric: cpu, default: 0 } }
    expr: made.mean > 5.0 && cpu.mean > 1.0
`,
      { on: 'state.joins' },
    );
    harness.noted(note(20_000), windowOf(1, 9));
    harness.noted(note(100_000));
    assert.deepEqual(harness.seen.joins, []);
    harness.noted(note(100_000), recorded(1, 9));
    assert.deepEqual([harness.seen.joins, harness.alerts.length], [['complete'], 1]);
  });
});

describe('recording rules before they are in force', () => {
  const rules = parseRules(
    `${RATIO}  - { name: High, window: 10s, metric: 'cpu:ratio', expr: mean > 5.0, for: 20s }
`,
    'rules.yaml',
  );

  it('are tested with the values that they have to give, and alerts on them', () => {
    const test = (value: number) =>
      parseRuleTests(
        `tests:
  - series:
      - { metric: cpu, tags: { host: a }, sum: 4 8x3, min: 1x3 }
    recorded:
      - { at: 10s, metric: 'cpu:ratio', tags: { host: a, team: web }, value: ${value} }
      - { at: 20s, metric: 'cpu:ratio', tags: { host: a, team: web }, value: 8 }
      - { at: 20s, metric: 'cpu:ratio', tags: { host: b, team: web } }
    alerts:
      - { at: 30s, rule: High, expect: [{ state: pending, labels: { team: web } }] }
      - { at: 40s, rule: High, expect: [{ state: firing }] }
`,
        'test.yaml',
      )[0] as RuleTest;
    assert.deepEqual(runRuleTest(rules, test(4), WAITS), []);
    assert.deepEqual(runRuleTest(rules, test(5), WAITS), [
      'at 10 s, cpu:ratio {"host":"a","team":"web"}: expected 5, got 4',
    ]);
  });

  it('are backtested anew, whatever was recorded then', () => {
    const backtest = new Backtest(rules, WAITS);
    for (const n of [1, 2, 3, 4])
      backtest.at(EPOCH + (n + 1) * 10_000, [windowOf(n, 4), windowOf(n, 1, { metric: 'cpu:ratio' })]);
    assert.equal(backtest.recordings, 4);
    assert.deepEqual(
      backtest.alerts.map(({ state, rule }) => `${rule} ${state}`),
      ['High pending', 'High firing'],
    );
  });

  it('are those of its tenants: a backtest has what others have measured under that name', () => {
    const backtest = new Backtest(
      parseRules(
        `rules:
  - { record: 'cpu:ratio', window: 10s, metric: cpu, tenant: acme, expr: sum / min }
  - { name: High, window: 10s, metric: 'cpu:ratio', expr: mean > 1.0 }
`,
        'rules.yaml',
      ),
      WAITS,
    );
    const measured = { metric: 'cpu:ratio', tenantId: 'globex' };
    backtest.at(EPOCH + 10_000, [windowOf(0, 4, measured), windowOf(0, 4, { metric: 'cpu:ratio' })]);
    assert.deepEqual(
      backtest.alerts.map(({ tenantId, rule }) => `${rule} ${tenantId}`),
      ['High globex'],
    );
  });
});
