import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../../schemas/types.js';
import { parseRuleTests, type RuleTest, runRuleTest } from '../../../../shared/alerting/rule-tests.js';
import {
  changed,
  EVALUATIONS,
  evaluated,
  FLAP_THRESHOLDS,
  type FlapState,
  flapPercent,
  STEADY,
} from '../../../../shared/alerting/rules/flapping.js';
import { parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { codecs, Harness, windowOf } from '../helpers.js';

/** After evaluations, the oldest first, that have changed the state or not. */
function after(changes: readonly boolean[], thresholds = FLAP_THRESHOLDS): FlapState {
  let state = STEADY;
  for (const isChange of changes) {
    state = evaluated(state, thresholds);
    if (isChange) state = changed(state, thresholds);
  }
  return state;
}

describe('how much an alert flaps', () => {
  it('is the share of the last 20 evaluations that changed its state, the latest with half as much again as the oldest', () => {
    const steady = Array.from({ length: 19 }, () => false);
    assert.equal(flapPercent(after([])), 0);
    assert.ok(Math.abs(flapPercent(after(Array.from({ length: 50 }, () => true))) - 100) < 1e-9);
    assert.ok(Math.abs(flapPercent(after([...steady, true])) - 6) < 1e-9);
    assert.ok(Math.abs(flapPercent(after([true, ...steady])) - 4) < 1e-9);
    assert.equal(flapPercent(after([true, ...steady, false])), 0);
  });

  it('begins above the one threshold and ends below the other, whatever has come', () => {
    const limits = fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }));
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 80 }), limits, (changes, pair) => {
        const thresholds = { low: Math.min(...pair), high: Math.max(...pair) };
        let isFlapping = false;
        changes.forEach((_, i) => {
          const latest = changes.slice(Math.max(0, i + 1 - EVALUATIONS), i + 1).reverse();
          const weights = latest.map((isChange, age) => (isChange ? 1.2 - (0.4 * age) / 19 : 0));
          const percent = 5 * weights.reduce((sum, weight) => sum + weight, 0);
          const state = after(changes.slice(0, i + 1), thresholds);
          assert.ok(Math.abs(flapPercent(state) - percent) < 1e-9);
          // What is exactly at a threshold is up to rounding.
          if (Math.abs(percent - thresholds.low) < 1e-9 || Math.abs(percent - thresholds.high) < 1e-9)
            ({ isFlapping } = state);
          else isFlapping = isFlapping ? percent > thresholds.low : percent > thresholds.high;
          assert.equal(state.isFlapping, isFlapping);
        });
      }),
      { numRuns: 50 },
    );
  });
});

const RULE = '{ name: Hot, window: 10s, metric: cpu, expr: mean > 80.0, flapping: true }';
const rules = (rule = RULE) => `rules:\n  - ${rule}\n`;
const short = ({ state, annotations }: Alert) =>
  `${state}${annotations.flapping === undefined ? '' : ' flapping'}${annotations.flapping_ended === undefined ? '' : ' ended'}`;

/** Windows of one series: hot or not. */
function give(harness: Harness, hot: readonly boolean[], from = 0): string[] {
  return hot.flatMap((isHot, i) => {
    harness.now += 10_000;
    return harness.windows(windowOf(from + i, isHot ? 90 : 10)).map(short);
  });
}
const turns = (times: number) => Array.from({ length: 2 * times }, (_, i) => i % 2 === 0);
const calm = (times: number, isHot = false) => Array.from({ length: times }, () => isHot);

describe('an alert that flaps', () => {
  it('is marked from then on, and written once more when it stops, with how it ended', () => {
    const harness = new Harness(rules());
    const first = give(harness, turns(4));
    assert.deepEqual(first, [
      ...['firing', 'resolved', 'firing', 'resolved', 'firing'],
      ...['resolved flapping', 'firing flapping', 'resolved flapping'],
    ]);
    assert.match(
      harness.alerts[5]?.annotations.flapping ?? '',
      /^3\d % of the last 20 evaluations changed its state$/,
    );
    assert.equal(harness.live.flapping, 1);
    assert.deepEqual(give(harness, calm(30), 8), ['resolved ended']);
    const [last, before] = [harness.alerts.at(-1), harness.alerts.at(-2)];
    assert.deepEqual([last?.startsAt, last?.endsAt], [before?.startsAt, before?.endsAt]);
    assert.equal(last?.annotations.resolution, 'recovered');
    assert.deepEqual(harness.seen.flaps, ['started', 'stopped']);
    assert.deepEqual([...harness.changelog.keys()], [], 'nothing is left of it');
  });

  it('is firing when it stops, where its condition holds', () => {
    const harness = new Harness(rules());
    give(harness, turns(4));
    assert.deepEqual(give(harness, calm(30, true), 8), ['firing flapping', 'firing ended']);
    assert.equal(harness.live.firing, 1);
  });

  it('is not marked where the rule does not ask for it, nor while the rule keeps it firing', () => {
    for (const more of ['', ', flapping: false', ', keepFiringFor: 1m, flapping: true']) {
      const harness = new Harness(rules(RULE.replace(', flapping: true', more)));
      give(harness, turns(12));
      assert.ok(harness.alerts.every(({ annotations }) => annotations.flapping === undefined));
      assert.deepEqual(
        [...harness.changelog.keys()].filter((key) => key.includes('f|')),
        [],
      );
    }
  });

  it('flaps by the thresholds of its rule', () => {
    const harness = new Harness(rules(RULE.replace('true', '{ high: 80, low: 70 }')));
    const written = give(harness, turns(12));
    assert.equal(
      written.findIndex((one) => one.endsWith('flapping')),
      15,
    );
  });

  it('flaps with its next change where the rule has had other thresholds', () => {
    const before = new Harness(rules(RULE.replace('true', '{ high: 90, low: 80 }')));
    give(before, turns(6));
    const after = before.resumed(rules());
    assert.deepEqual(give(after, [false, true, ...calm(30)], 12), [
      ...['firing flapping', 'resolved flapping', 'resolved ended'],
    ]);
    assert.deepEqual(after.seen.flaps, ['started', 'stopped']);
  });

  it('stops when its series is not evaluated any more, or its rule is gone or does not ask for it', () => {
    for (const next of [
      null,
      rules('{ name: Other, window: 10s, expr: mean > 1.0 }'),
      rules(RULE.replace('true', 'false')),
    ]) {
      const harness = new Harness(rules());
      give(harness, turns(4));
      const later = next === null ? harness : harness.restarted(next);
      later.now += 1_000;
      const other = windowOf(next === null ? 200 : 8, 0, { metric: 'other' });
      const written = later.windows(other).filter(({ rule }) => rule === 'Hot');
      assert.deepEqual(written.map(short), ['resolved ended']);
      assert.deepEqual(
        [...later.changelog.keys()].filter((key) => key.includes('f|')),
        [],
      );
    }
  });

  it('goes by the time of its own series where silence has changed its state', () => {
    const harness = new Harness(rules());
    give(harness, calm(25, true));
    assert.deepEqual([...harness.changelog.keys()].length, 1, 'only the alert is left');
    harness.windows(windowOf(1_000, 10, { tags: { host: 'b' } }));
    assert.deepEqual(harness.tick(120_000).map(short), ['resolved']);
    give(harness, calm(45), 26);
    assert.deepEqual([...harness.changelog.keys()], [], 'its evaluations since then were counted');
  });

  it('writes the same after a restart anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }), fc.nat(60), (hot, cut) => {
        const whole = new Harness(rules());
        const expected = give(whole, hot);
        const first = new Harness(rules());
        const before = give(first, hot.slice(0, cut));
        const second = first.resumed(rules());
        assert.deepEqual([...before, ...give(second, hot.slice(cut), cut)], expected);
        assert.deepEqual([...second.changelog], [...whole.changelog]);
      }),
      { numRuns: 30 },
    );
  });

  it('is remembered in bounded bytes, however long it flaps', () => {
    const harness = new Harness(rules());
    give(harness, turns(10));
    const size = () =>
      [...harness.changelog].filter(([key]) => key.includes('f|')).map(([, { length }]) => length);
    const [early = 0, ...others] = size();
    assert.deepEqual(others, []);
    give(harness, turns(100), 20);
    const [late = 0] = size();
    assert.ok(late <= early + 8 && late < 2_000, `${early} and ${late} bytes`);
  });

  it('has room among as many as there may be alerts', () => {
    const harness = new Harness(rules(), { maxAlerts: 4 });
    for (let host = 0; host < 8; host++) {
      harness.windows(windowOf(0, 90, { tags: { host: `${host}` } }));
      harness.windows(windowOf(1, 10, { tags: { host: `${host}` } }));
    }
    assert.equal([...harness.changelog.keys()].filter((key) => key.includes('f|')).length, 4);
    assert.ok(harness.seen.dropped.length > 0);
  });

  it('can be expected by a test of rules', () => {
    const [one] = parseRuleTests(
      `tests:
        - series: [{ metric: cpu, values: 90 10 90 10 90 10 90 10x25 }]
          alerts:
            - { at: 50s, rule: Hot, expect: [{ flapping: false }] }
            - { at: 1m10s, rule: Hot, expect: [{ flapping: true }] }
            - { at: 1m20s, rule: Hot, expect: [{ state: resolved, flapping: true }] }
            - { at: 5m, rule: Hot }`,
      'test.yaml',
    );
    const options = {
      staleAfterMs: 120_000,
      anomalyStaleAfterMs: 300_000,
      forgetAfterMs: 86_400_000,
      joinWaitMs: 30_000,
    };
    const own = parseRules(rules(), 'rules.yaml');
    assert.deepEqual(runRuleTest(own, one as RuleTest, { ...options, codecs }), []);
  });
});
