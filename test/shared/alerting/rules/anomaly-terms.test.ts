import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnomalyTerms, looksCloser, seenBy } from '../../../../shared/alerting/rules/anomaly-terms.js';
import { parseRules } from '../../../../shared/alerting/rules/rules-file.js';
import { rescored, scoreOf } from '../../../../shared/detection/detector.js';
import { PART_NAMES } from '../../../../shared/detection/ensemble.js';
import { PART_MODELS } from '../../../../shared/detection/models.js';
import { factorOf } from '../../../../shared/detection/sensitivity.js';
import { anomalyOf, brief, Harness } from '../helpers.js';

const ANY: AnomalyTerms = { model: 'anomaly_detector', threshold: 0.5, sensitivity: 0.5 };
const rules = (...lines: string[]) => `rules:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
const scored = (n: number, score: number, detector = 'level+shift') =>
  anomalyOf(n, { score, detector, severity: 'info' });

describe('which anomalies a rule is about', () => {
  it('can name each part of the ensemble', () => {
    assert.deepEqual([...PART_MODELS].sort(), [...PART_NAMES].sort());
  });

  it('is by the names that the detector of an anomaly joins', () => {
    const found = (detector: string) => seenBy({ ...ANY, model: 'shift' }, scored(0, 0.9, detector)) !== null;
    assert.deepEqual(['level+shift', 'shift', 'seasonal-shift', 'level'].map(found), [
      true,
      true,
      false,
      false,
    ]);
  });

  it('is by the score that the same evidence has at the sensitivity of the rule', () => {
    for (const evidence of [0.3, 0.9, 1.4])
      for (const sensitivity of [0, 0.25, 0.6, 1]) {
        const wanted = scoreOf(evidence * factorOf(sensitivity));
        const seen = seenBy({ ...ANY, sensitivity, threshold: 0 }, scored(0, scoreOf(evidence)));
        assert.ok(Math.abs((seen?.score ?? 0) - wanted) < 1e-12);
      }
    assert.deepEqual([rescored(0, 5), rescored(1, 0.2)], [0, 1]);
  });

  it('does not depend on the sensitivity for what has nothing to do with evidence', () => {
    const silent = scored(0, 0.7, 'silence');
    assert.equal(seenBy({ ...ANY, threshold: 0.7, sensitivity: 0.1 }, silent), silent);
    assert.equal(seenBy({ ...ANY, threshold: 0.8, sensitivity: 1 }, silent), null);
  });

  it('includes what detection does not report where the threshold at its sensitivity is below that of an anomaly', () => {
    const closer = (more: Partial<AnomalyTerms>) => looksCloser({ ...ANY, ...more });
    assert.deepEqual(
      [
        {},
        { threshold: 0.4 },
        { threshold: 0.8, sensitivity: 0.75 },
        { threshold: 0.97, sensitivity: 0.75 },
      ].map(closer),
      [false, true, true, false],
    );
    assert.equal(closer({ sensitivity: 0.25 }), false);
    assert.equal(closer({ model: 'isolation-forest', threshold: 0.1 }), false);
  });
});

describe('a rule on anomalies with a model, a threshold and a sensitivity', () => {
  it('alerts from its threshold on, and shows the score that it has for the rule', () => {
    const harness = new Harness(
      rules(
        `{ name: Odd, on: anomaly, model: level, threshold: 0.8, sensitivity: high, annotations: { summary: "{{score}} {{severity}}" } }`,
      ),
      { on: 'state.candidates' },
    );
    harness.anomalies(scored(0, 0.05), scored(1, 0.3, 'shift'), scored(2, 0.3));
    assert.deepEqual(harness.alerts.map(brief), ['firing 3']);
    assert.equal(harness.alerts[0]?.annotations.summary, '0.9146 critical');
  });

  it('is evaluated on one input alone: on the candidates where it needs them', () => {
    const text = rules(
      '{ name: Closer, on: anomaly, sensitivity: high, groupBy: [] }',
      '{ name: Farther, on: anomaly, sensitivity: low, groupBy: [] }',
      '{ name: Plain, on: anomaly, expr: anomaly.score > 0.1, groupBy: [] }',
    );
    const raised = (on: 'anomalies' | 'state.candidates') => {
      const harness = new Harness(text, { on });
      harness.anomalies(scored(0, 0.2), scored(1, 0.99));
      return harness.alerts.map(({ rule, startsAt }) => [
        rule,
        brief({ ...harness.alerts[0], startsAt } as never),
      ]);
    };
    assert.deepEqual(raised('state.candidates'), [['Closer', 'firing 1']]);
    assert.deepEqual(raised('anomalies'), [
      ['Plain', 'firing 1'],
      ['Farther', 'firing 2'],
    ]);
  });

  it('can have a condition besides, and is described by both', () => {
    const [rule] = parseRules(
      rules('{ name: Odd, on: anomaly, threshold: 0.8, sensitivity: 0.75, expr: anomaly.value > 50.0 }'),
      'rules.yaml',
    );
    assert.equal(
      rule?.condition.source,
      'score of anomaly_detector >= 0.8 at sensitivity high, anomaly.value > 50.0',
    );
    const harness = new Harness(
      rules('{ name: Odd, on: anomaly, threshold: 0.8, expr: anomaly.value > 50.0 }'),
      {
        on: 'anomalies',
      },
    );
    harness.anomalies(scored(0, 0.9), { ...scored(1, 0.7), value: 60 }, { ...scored(2, 0.9), value: 60 });
    assert.deepEqual(harness.alerts.map(brief), ['firing 3']);
  });

  it('resolves its alerts of the one input when it changes to the other', () => {
    const before = new Harness(rules('{ name: Odd, on: anomaly, threshold: 0.6 }'), { on: 'anomalies' });
    before.anomalies(scored(0, 0.9));
    const after = before.restarted(rules('{ name: Odd, on: anomaly, threshold: 0.6, sensitivity: high }'));
    after.tick(1_000);
    assert.deepEqual(after.alerts.map(brief), ['resolved 1 to 1']);
  });
});
