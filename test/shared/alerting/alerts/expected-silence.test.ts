import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { staticCodecs } from '../../../../shared/adapters/avro/static-codecs.js';
import { Backtest } from '../../../../shared/alerting/backtest.js';
import { parseRuleTests, type RuleTest, runRuleTest } from '../../../../shared/alerting/rule-tests.js';
import { parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { EPOCH, Harness, windowOf } from '../helpers.js';

const rulesOf = (expected: string, more = '') => `rules:
  - name: Silent
    window: 10s
    metric: cpu
    tenant: acme
    noData: alert
    staleAfter: 1m
    expected: ${expected}${more}
`;
const RULES = rulesOf('[{ tags: { host: a } }]');
const WAITS = {
  ...{ codecs: staticCodecs(), staleAfterMs: 120_000, anomalyStaleAfterMs: 300_000 },
  ...{ forgetAfterMs: 86_400_000, joinWaitMs: 30_000 },
};
/** What windowing says: its windows up to `seconds` less the grace of 5 s have come. */
const note = (seconds: number) => ({
  ...{ stage: 'windowing', topic: 'metrics', partitions: 1 },
  times: [{ partition: 0, time: EPOCH + seconds * 1_000, atEnd: false }],
});
const OTHER = { metric: 'other' };

/** A second later, windows of another metric have come up to then. */
function pass(harness: Harness, seconds: number) {
  harness.now += 1_000;
  return harness.noted(note(seconds), windowOf(0, 1, OTHER));
}

describe('a series that is expected and was never seen', () => {
  it('raises an alert when all windows of staleAfter have come since the rule is in force, and not sooner', () => {
    const harness = new Harness(RULES);
    assert.deepEqual(pass(harness, 1_000), []);
    assert.deepEqual(pass(harness, 1_059), []);
    const [alert, ...more] = pass(harness, 1_060);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [alert?.state, alert?.labels.host, alert?.labels.tenant, alert?.startsAt],
      ['firing', 'a', 'acme', EPOCH + 1_055_000],
    );
    assert.equal(
      alert?.annotations.no_data,
      'nothing was seen for 1m, and never since 2023-11-14T22:29:55.000Z',
    );
    assert.deepEqual(pass(harness, 9_000), []);
  });

  it('raises none while no time goes by, as in an outage of ours, however long', () => {
    const harness = new Harness(RULES);
    pass(harness, 1_000);
    for (let i = 0; i < 10; i++) assert.deepEqual(harness.tick(600_000), []);
    assert.deepEqual(pass(harness, 1_030), []);
  });

  it('goes on after a restart where it was', () => {
    const harness = new Harness(RULES);
    pass(harness, 1_000);
    const next = harness.resumed(RULES);
    assert.deepEqual(pass(next, 1_040), []);
    assert.equal(pass(next, 1_060)[0]?.state, 'firing');
    const last = next.resumed(RULES);
    assert.deepEqual(pass(last, 1_070), [], 'it is raised once');
  });

  it('is over with the first window, from then on as any other series is watched', () => {
    const harness = new Harness(RULES);
    pass(harness, 1_000);
    pass(harness, 1_060);
    harness.now += 1_000;
    const [over] = harness.noted(note(1_080), windowOf(106, 1));
    assert.deepEqual([over?.state, over?.annotations.resolution], ['resolved', 'recovered']);
    assert.deepEqual(pass(harness, 1_130), []);
    const [again] = pass(harness, 1_140);
    assert.match(again?.annotations.no_data ?? '', /nothing was seen for 1m, last at 2023-/);
    // Others are forgotten after an hour.
    assert.deepEqual(pass(harness, 9_000), []);
    assert.equal(harness.live.firing, 1);
  });

  it('is another one than that with further tags', () => {
    const harness = new Harness(RULES);
    pass(harness, 1_000);
    harness.noted(note(1_020), windowOf(101, 1, { tags: { host: 'a', core: '1' } }));
    assert.equal(pass(harness, 1_060).length, 1);
  });

  it('goes by the wall clock where there never was a window, once all was read', () => {
    const harness = new Harness(RULES);
    harness.tick(1_000);
    assert.deepEqual(harness.tick(59_000), []);
    assert.deepEqual(harness.tick(2_000, false), []);
    assert.equal(harness.tick(1_000)[0]?.state, 'firing');
    // Of whatever time.
    assert.equal(harness.windows(windowOf(0, 1))[0]?.state, 'resolved');
  });

  it('is expected in one partition', () => {
    const harness = new Harness(RULES, { partition: 1 });
    pass(harness, 1_000);
    assert.deepEqual(pass(harness, 2_000), []);
    assert.equal(harness.changelog.size, 0);
  });

  it('is forgotten with the rule, and when it does not expect it any more', () => {
    const harness = new Harness(RULES);
    pass(harness, 1_000);
    pass(harness, 1_060);
    const next = harness.resumed(rulesOf('[{ tags: { host: b } }]'));
    const [over] = pass(next, 1_070);
    assert.deepEqual([over?.state, over?.labels.host], ['resolved', 'a']);
    assert.equal(pass(next, 1_130)[0]?.labels.host, 'b');
    const last = next.resumed('rules: []');
    assert.equal(pass(last, 1_140)[0]?.annotations.resolution, 'rule_removed');
    assert.equal(last.changelog.size, 0);
  });
});

describe('rules that expect series before they are in force', () => {
  const rules = parseRules(RULES, 'rules.yaml');

  it('are tested from the start', () => {
    const [test] = parseRuleTests(
      `tests:
  - series: [{ metric: cpu, tenant: acme, tags: { host: a }, values: _x8 1 }]
    alerts:
      - { at: 50s, rule: Silent }
      - { at: 1m, rule: Silent, expect: [{ labels: { host: a } }] }
      - { at: 80s, rule: Silent, expect: [{}] }
      - { at: 90s, rule: Silent }
`,
      'test.yaml',
    );
    assert.deepEqual(runRuleTest(rules, test as RuleTest, WAITS), []);
  });

  it('are backtested from where history begins, though it has nothing', () => {
    const backtest = new Backtest(rules, WAITS);
    backtest.passUntil(EPOCH);
    backtest.passUntil(EPOCH + 300_000);
    assert.deepEqual(
      backtest.alerts.map(({ state, startsAt }) => [state, startsAt - EPOCH]),
      [['firing', 60_000]],
    );
  });
});
