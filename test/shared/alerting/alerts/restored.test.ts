import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert, WindowAggregate } from '../../../../schemas/types.js';
import type { TimeNote } from '../../../../shared/wire/time-note.js';
import { anomalyOf, EPOCH, Harness, windowOf } from '../helpers.js';

const RULES = `
rules:
  - { name: Hot, window: 10s, metric: cpu, expr: mean > 80.0, for: 20s, keepFiringFor: 30s, staleAfter: 40s }
  - { name: Kept, window: 10s, metric: cpu, expr: mean > 90.0, noData: keep, groupBy: [] }
  - { name: Flaps, window: 10s, metric: 'cpu*', expr: mean > 50.0, flapping: { low: 5, high: 10 }, staleAfter: 30s }
  - { name: Gone, window: 10s, metric: gone, tenant: acme, noData: alert, for: 20s, staleAfter: 40s,
      expected: [{ tags: { host: a } }] }
  - { name: Fails, window: 10s, metric: cpu, expr: 'int(tags.host) > 0' }
  - { record: 'cpu:half', window: 10s, metric: cpu, expr: mean / 2.0 }
  - { name: Half, window: 10s, metric: 'cpu:half', expr: mean > 30.0, for: 10s }
`;
const JOINED = `
rules:
  - { name: Ratio, window: 10s, metrics: { a: { metric: cpu, default: 1 }, b: mem }, expr: a.mean > b.mean,
      for: 10s, staleAfter: 40s, flapping: { low: 5, high: 10 } }
  - { name: Record, record: 'cpu:ratio', window: 10s, metrics: { a: cpu, b: mem }, expr: a.mean / b.mean }
`;
const ANOMALIES = `
rules:
  - { name: Odd, on: anomaly, expr: 'anomaly.score > 0.9', staleAfter: 40s }
  - { name: Hidden, on: anomaly, model: anomaly_detector, threshold: 0.7, staleAfter: 30s }
`;

/** Names that separate parts of keys elsewhere. */
const HOSTS = ['1', 'b|c', 'é\u2028|', '__proto__'];
const METRICS = ['cpu', 'cpu|b', 'mem'];

function closed(n: number): TimeNote {
  const time = EPOCH + (n + 1) * 10_000 + 5_000;
  return {
    ...{ stage: 'windowing', topic: 'metrics', partitions: 1 },
    times: [{ partition: 0, time, atEnd: true }],
  };
}

/** What comes in one step: values of some series at a time. */
const step = fc.record({
  skip: fc.constantFrom(0, 1, 1, 1, 2, 6),
  values: fc.array(
    fc.record({
      host: fc.constantFrom('1', '1', '1', ...HOSTS),
      metric: fc.constantFrom('cpu', 'mem', ...METRICS),
      tenantId: fc.constantFrom('acme', 'acme', 'globex'),
      mean: fc.constantFrom(1, 60, 85, 95),
      back: fc.constantFrom(0, 0, 0, 1),
    }),
    { maxLength: 6 },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Runs the steps; `cuts` are those after which another instance goes on from what was saved. */
function run(
  harness: Harness,
  rules: string,
  steps: readonly Step[],
  cuts: ReadonlySet<number>,
  timed: boolean,
) {
  let current = harness;
  const alerts: Alert[] = [];
  const recorded: WindowAggregate[] = [];
  let n = 0;
  const take = () => {
    // Of two alerts in one step it does not matter which comes first.
    alerts.push(...current.alerts.splice(0).sort((a, b) => a.fingerprint.localeCompare(b.fingerprint)));
    recorded.push(...current.recorded.splice(0));
  };
  steps.forEach(({ skip, values }, i) => {
    n += skip;
    // Enough for a sweep. Waiting by the wall clock begins anew with each restart: none here is over by that.
    current.now += 1_000;
    const series = values.map(({ host, metric, tenantId, mean, back }) => ({
      ...{ n: Math.max(0, n - back), mean },
      more: { tenantId, metric, tags: Object.fromEntries([['host', host]]) },
    }));
    const windows = series.map((one) => windowOf(one.n, one.mean, one.more));
    if (rules === ANOMALIES)
      current.anomalies(
        ...series.map((one) => anomalyOf(one.n, { ...one.more, score: one.mean / 100, value: one.mean })),
      );
    else if (timed) current.noted(closed(n), ...windows);
    else current.windows(...windows);
    take();
    if (cuts.has(i)) current = current.resumed(rules);
  });
  const strip = ({ updatedAt: _, ...rest }: Alert) => rest;
  return { alerts: alerts.map(strip), recorded, live: current.live, saved: current.changelog };
}

describe('a stage that goes on from what was saved', () => {
  for (const [what, rules, on, timed] of [
    ['windows with their time', RULES, 'windows', true],
    ['windows without a time', RULES, 'windows', false],
    ['joins with their time', JOINED, 'state.joins', true],
    ['joins without a time', JOINED, 'state.joins', false],
    ['anomalies', ANOMALIES, 'anomalies', false],
  ] as const)
    it(`does what one does that ran on: ${what}`, () => {
      let raised = 0;
      fc.assert(
        fc.property(
          fc.array(step, { minLength: 5, maxLength: 25 }),
          fc.array(fc.nat(24), { maxLength: 3 }),
          (steps, cuts) => {
            const whole = run(new Harness(rules, { on }), rules, steps, new Set(), timed);
            const parts = run(new Harness(rules, { on }), rules, steps, new Set(cuts), timed);
            assert.deepEqual(parts.alerts, whole.alerts);
            assert.deepEqual(parts.recorded, whole.recorded);
            raised += whole.alerts.length;
          },
        ),
        { numRuns: 60 },
      );
      assert.ok(raised > 30, `${raised} changes of alerts only`);
    });
});
