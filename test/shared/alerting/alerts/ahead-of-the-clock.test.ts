import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomalyOf, brief, Harness, windowOf } from '../helpers.js';

/** What one tenant sends with a clock that is wrong by far must not decide what time it is for others. */
const FAR = 10_000_000;

const ODD = `rules: [{ name: Odd, on: anomaly, expr: 'anomaly.severity == "critical"' }]`;

test('an anomaly ahead of the clock ends no alerts of other series, after a restart neither', () => {
  const first = new Harness(ODD, { on: 'anomalies' });
  first.anomalies(anomalyOf(0));
  first.now += 2_000;
  first.anomalies(anomalyOf(FAR, { tenantId: 'globex' }));
  first.tick(2_000);
  assert.deepEqual(first.alerts.map(brief), ['firing 1', `firing ${FAR + 1}`]);
  const second = first.restarted(ODD);
  second.tick(0);
  second.tick(2_000);
  assert.deepEqual(second.alerts.map(brief), []);
  // Both by the clock, since nothing more comes.
  second.tick(120_000);
  assert.deepEqual(second.alerts.map(brief), ['resolved 1 to 13', `resolved ${FAR + 1} to ${FAR + 13}`]);
});

test('a window ahead of the clock does not keep room for series that are recorded no more', () => {
  const harness = new Harness(`rules: [{ record: 'cpu:ratio', window: 10s, metric: cpu, expr: sum / min }]`, {
    maxRecorded: 5,
  });
  const of = (n: number, host: string, tenantId: string) => windowOf(n, 5, { tenantId, tags: { host } });
  harness.windows(of(FAR, 'far', 'globex'));
  harness.windows(...['a', 'b', 'c', 'd'].map((host) => of(1, host, 'acme')));
  harness.windows(of(800, 'new', 'acme'));
  assert.deepEqual(harness.seen.recordings, Array(6).fill('recorded'));
});

test('a window ahead of the clock does not decide joins of other series', () => {
  const harness = new Harness(
    `rules:
  - name: Errors
    window: 10s
    metrics: { errors: { metric: errors, default: 0 }, requests: requests }
    expr: errors.sum / requests.sum > 0.05
`,
    { on: 'state.joins' },
  );
  const of = (n: number, metric: string, host: string) => windowOf(n, 1, { metric, tags: { host } });
  harness.windows(of(1, 'requests', 'a'), of(FAR, 'requests', 'b'), of(1, 'errors', 'a'));
  assert.deepEqual(harness.seen.joins, ['complete']);
});
