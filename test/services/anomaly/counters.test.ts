import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricPoint } from '../../../schemas/types.js';
import { normal, seeded } from '../../shared/detection/generators.js';
import { pointOf } from '../../support/point.js';
import { StageChain } from '../../support/stage-chain.js';

const NOON = 1_700_049_600_000;
const STEP_MS = 2_000;
const CALM = 500;
const JUMP = 20;

describe('a counter, from points to anomalies and alerts', () => {
  it('is watched by its rate, whatever its total is, and a rule on the rate fires', () => {
    const chain = new StageChain({
      now: NOON,
      windows: 'windows: [{ name: 10s, size: 10s }]',
      detection: 'detection: [{ metrics: "*", field: rate }]',
      rules: 'rules: [{ name: Errors, window: 10s, metric: errors_total, expr: rate > 50.0 }]',
      only: ['ingest', 'windowing', 'anomaly', 'rules'],
    });
    const noise = normal(seeded(5), 20, 1);
    let total = 1e9;
    for (let i = 0; i < CALM + JUMP; i++) {
      // A restart of the sender is no anomaly.
      if (i === 300) total = 0;
      total += Math.round(noise() * (i < CALM ? 1 : 10));
      const about = { timestamp: chain.now, value: total };
      const points: Partial<MetricPoint>[] = [
        { ...about, metric: 'errors_total', kind: 'cumulative' },
        // The same as a gauge: no figure that is watched, and none that the rule is about.
        { ...about, metric: 'errors' },
      ];
      chain.send(...points.map((one) => pointOf({ tags: { host: 'a' }, ...one })));
      chain.advance(STEP_MS, STEP_MS);
    }
    chain.advance(20_000, 1_000);
    assert.deepEqual(chain.refusals, []);
    assert.ok(chain.anomalies.length > 0);
    const jump = NOON + CALM * STEP_MS;
    for (const { metric, start, expected, value } of chain.anomalies) {
      assert.equal(metric, 'errors_total');
      assert.ok(start >= jump - 10_000, `an anomaly at ${start - NOON}`);
      assert.ok(Math.abs(expected - 10) < 3, `${expected} was expected`);
      const window = chain.windows.find((one) => one.metric === metric && one.start === start);
      assert.equal(value, window?.rate);
    }
    assert.deepEqual(
      chain.alerts.map(({ rule, state, labels }) => [rule, state, labels.metric]),
      [['Errors', 'firing', 'errors_total']],
    );
    const [alert] = chain.alerts;
    assert.ok((alert?.value ?? 0) > 90 && (alert?.startsAt ?? 0) >= jump - 10_000);
  });
});
