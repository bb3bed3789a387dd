import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomalyOf, brief, EPOCH, Harness } from '../helpers.js';

const ODD = `
rules:
  - { name: Odd, on: anomaly, expr: 'anomaly.severity == "critical"', annotations: { summary: "{{explanation}}" } }
`;

test('an anomaly raises its alert at once; lesser anomalies neither raise nor end one', () => {
  const harness = new Harness(ODD, { on: 'anomalies' });
  harness.anomalies(anomalyOf(0, { severity: 'warning' }), anomalyOf(1), anomalyOf(2, { severity: 'info' }));
  assert.deepEqual(harness.alerts.map(brief), ['firing 2']);
  assert.equal(harness.alerts[0]?.annotations.summary, '3.33x the expected 12 (band 10 to 14)');
  assert.equal(harness.alerts[0]?.value, 40);
});

test('an alert on anomalies ends when there was no further one for long enough, by event time', () => {
  const harness = new Harness(ODD, { on: 'anomalies' });
  harness.anomalies(anomalyOf(0), anomalyOf(6));
  harness.now += 1_000;
  harness.anomalies(anomalyOf(17, { metric: 'other' }));
  assert.equal(harness.alerts.length, 2);
  harness.now += 1_000;
  harness.anomalies(anomalyOf(18, { metric: 'other' }));
  const resolved = harness.alerts[2];
  assert.ok(resolved !== undefined);
  assert.equal(brief(resolved), 'resolved 1 to 19');
  assert.equal(resolved.labels.metric, 'cpu');
});

test('an alert on anomalies ends by the clock when nothing comes at all', () => {
  const harness = new Harness(ODD, { on: 'anomalies' });
  harness.anomalies(anomalyOf(0));
  assert.deepEqual(harness.tick(119_000), []);
  assert.deepEqual(harness.tick(2_000).map(brief), ['resolved 1 to 13']);
  assert.ok((harness.alerts[1]?.endsAt ?? 0) > EPOCH);
});

test('an anomaly that is muted raises no alert, nor does it make one last', () => {
  let isMuted = false;
  const harness = new Harness(ODD, { on: 'anomalies', muted: ({ metric }) => isMuted && metric === 'cpu' });
  harness.anomalies(anomalyOf(0));
  isMuted = true;
  harness.anomalies(anomalyOf(6), anomalyOf(6, { tags: { host: 'b' } }));
  harness.now += 1_000;
  harness.anomalies(anomalyOf(18, { metric: 'other' }));
  assert.deepEqual(harness.alerts.map(brief), ['firing 1', 'firing 19', 'resolved 1 to 13']);
});
