import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricPoint } from '../../schemas/types.js';
import { pointOf } from './point.js';
import { StageChain } from './stage-chain.js';

const NOON = 1_700_049_600_000;
const RULES = `
rules:
  - name: HotHost
    on: window
    window: 10s
    expr: mean > 90.0
    severity: critical
`;

function point(value: number, more: Partial<MetricPoint> = {}): MetricPoint {
  return pointOf({ tenantId: 'acme', metric: 'cpu', tags: { host: 'a' }, timestamp: NOON, value, ...more });
}

describe('the chain of stages', () => {
  it('turns points into a window, an alert and a notification, and its end into another', async () => {
    const chain = new StageChain({ now: NOON, rules: RULES });
    chain.send(point(99), point(95, { timestamp: NOON + 1_000 }));
    chain.advance(20_000);
    const [window] = chain.windows.filter((one) => one.window === '10s');
    assert.deepEqual([window?.start, window?.count, window?.mean], [NOON, 2, 97]);
    assert.deepEqual(
      chain.alerts.map(({ rule, state, value }) => [rule, state, value]),
      [['HotHost', 'firing', 97]],
    );
    assert.deepEqual(
      chain.notifications.map(({ channel, status }) => [channel, status]),
      [['ops', 'firing']],
    );

    await delivered();
    chain.send(point(10, { timestamp: chain.now }));
    chain.advance(20_000);
    assert.deepEqual(
      chain.alerts.map(({ state }) => state),
      ['firing', 'resolved'],
    );
    assert.deepEqual(
      chain.notifications.map(({ status }) => status),
      ['firing', 'resolved'],
    );
  });

  it('finds an anomaly in a series that used to be calm', () => {
    const chain = new StageChain({ now: NOON });
    for (let n = 0; n < 200; n++) {
      chain.send(point(50 + (n % 7), { timestamp: chain.now }));
      chain.advance(10_000, 10_000);
    }
    assert.deepEqual(chain.anomalies, []);
    chain.send(point(5_000, { timestamp: chain.now }));
    chain.advance(30_000, 10_000);
    assert.ok(chain.anomalies.some(({ value }) => value === 5_000));
  });

  it('drops duplicates, refuses what is invalid and reports what is late', () => {
    const chain = new StageChain({ now: NOON });
    const twice = point(1);
    chain.send(twice, twice, point(Number.NaN));
    assert.equal(chain.values('metrics').length, 1);
    assert.deepEqual(
      chain.refusals.map(({ code, input }) => [code, input]),
      [['TACTUS_VALUE_NOT_FINITE', 'ingest.metrics']],
    );
    chain.advance(30_000);
    chain.send(point(2));
    assert.deepEqual(
      chain.late.map(({ missed }) => missed.length),
      [3],
    );
  });

  for (const name of ['ingest', 'windowing', 'anomaly', 'rules', 'notifier'] as const)
    it(`gives the same after a restart of ${name}`, async () => {
      const [undisturbed, restarted] = [0, 1].map(() => new StageChain({ now: NOON, rules: RULES }));
      for (const chain of [undisturbed, restarted] as StageChain[]) {
        const points = [point(99, { id: 'a' }), point(93, { id: 'b', timestamp: NOON + 9_000 })];
        chain.send(points[0] as MetricPoint);
        chain.advance(2_000);
        if (chain === restarted) chain.restart(name);
        chain.send(...points);
        chain.advance(40_000);
      }
      assert.ok((undisturbed as StageChain).notifications.length > 0);
      for (const topic of ['metrics', 'windows', 'alerts'] as const)
        assert.deepEqual((restarted as StageChain).values(topic), (undisturbed as StageChain).values(topic));
      assert.deepEqual((restarted as StageChain).notifications, (undisturbed as StageChain).notifications);
    });
});

/** Lets what a channel has taken be known to the outbox. */
async function delivered(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
