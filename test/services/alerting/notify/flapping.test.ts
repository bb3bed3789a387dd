import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../../schemas/types.js';
import { linesOf } from '../../../../services/alerting/notify/text.js';
import { alertOf, DispatcherHarness, MINUTE, notificationOf, resolved, SECOND } from './helpers.js';

const ROUTE = `
route:
  channels: [ops]
  groupBy: [alertname]
  groupWait: 0s
  groupInterval: 1m
  repeatInterval: 1h
`;
const a = alertOf('a');
const noted = (alert: Alert, name: 'flapping' | 'flapping_ended', text = '40 % of them') => ({
  ...alert,
  annotations: { ...alert.annotations, [name]: text },
});
const flapping = (alert: Alert) => noted(alert, 'flapping');
const ended = (alert: Alert) => noted(alert, 'flapping_ended');

describe('notifications of an alert that flaps', () => {
  it('are one when it begins, none while it does, and one when it stops, be it firing or over', () => {
    for (const last of [a, resolved(a)]) {
      const harness = new DispatcherHarness(ROUTE);
      harness.observe(a);
      assert.deepEqual(harness.pass(0), ['ops a/']);
      harness.observe(flapping(resolved(a)));
      assert.deepEqual(harness.pass(MINUTE), ['ops a/'], 'that it flaps');
      for (let i = 0; i < 5; i++) {
        harness.observe(flapping({ ...a, startsAt: a.startsAt + i }));
        assert.deepEqual(harness.pass(MINUTE), []);
        harness.observe(flapping(resolved({ ...a, startsAt: a.startsAt + i })));
        assert.deepEqual(harness.pass(MINUTE), []);
      }
      assert.deepEqual(harness.pass(3 * 60 * MINUTE), [], 'nobody is reminded');
      harness.observe(ended(last));
      assert.deepEqual(harness.pass(MINUTE), [last === a ? 'ops a/' : 'ops /a']);
      assert.deepEqual(harness.pass(10 * MINUTE), []);
    }
  });

  it('is the first one where nobody was notified before, with its end', () => {
    const harness = new DispatcherHarness(ROUTE);
    harness.observe(flapping(resolved(a)));
    assert.deepEqual(harness.pass(0), ['ops a/']);
    harness.observe(flapping(a)).pass(10 * MINUTE);
    harness.observe(ended(resolved(a)));
    assert.deepEqual(harness.pass(MINUTE), ['ops /a']);
    assert.equal(harness.changelog.size, 0, 'nothing is left of it');
  });

  it('go on as they were after a restart, and come with those of others of its group', () => {
    const harness = new DispatcherHarness(ROUTE);
    harness.observe(a).pass(0);
    harness.observe(flapping(a)).pass(MINUTE);
    const next = harness.restarted();
    assert.deepEqual(next.pass(10 * MINUTE), []);
    next.observe(alertOf('b'));
    assert.deepEqual(next.pass(MINUTE), ['ops a,b/']);
    next.observe(ended(a));
    assert.deepEqual(next.pass(MINUTE), ['ops a,b/']);
    assert.deepEqual(next.restarted().pass(10 * MINUTE), []);
  });

  it('are held back by a silence as any, and come when it ends', () => {
    const harness = new DispatcherHarness(ROUTE);
    harness.silenced.add('a');
    harness.observe(flapping(a));
    assert.deepEqual(harness.pass(10 * MINUTE), []);
    harness.silenced.clear();
    assert.deepEqual(harness.pass(MINUTE), ['ops a/']);
  });

  it('wait for a channel that is down, and are then of the present', () => {
    const harness = new DispatcherHarness(ROUTE);
    harness.observe(a).pass(0);
    harness.down.add('ops');
    harness.observe(flapping(a)).pass(5 * MINUTE);
    harness.observe(ended(a)).pass(5 * MINUTE);
    harness.down.clear();
    assert.deepEqual(harness.pass(10 * MINUTE), [], 'it flaps no more, as it was before');
  });

  it('are three at most for each time that it flaps, however its state changes', () => {
    const changes = fc.array(fc.tuple(fc.boolean(), fc.nat(120)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(changes, fc.boolean(), (all, fires) => {
        const harness = new DispatcherHarness(ROUTE);
        harness.observe(a).pass(0);
        all.forEach(([isFiring, seconds], i) => {
          const now = { ...a, startsAt: a.startsAt + i };
          harness.observe(flapping(isFiring ? now : resolved(now))).pass(seconds * SECOND);
        });
        harness.pass(MINUTE);
        harness.observe(ended(fires ? a : resolved(a))).pass(2 * MINUTE);
        assert.deepEqual(harness.sent, ['ops a/', 'ops a/', fires ? 'ops a/' : 'ops /a']);
      }),
      { numRuns: 40 },
    );
  });

  it('say so', () => {
    const [flaps, flapsNoMore] = [flapping(a), ended(a)].map((alert) => linesOf(notificationOf([alert]))[0]);
    assert.equal(flaps, 'warning: a is hot (flapping: 40 % of them) [a]');
    assert.equal(flapsNoMore, 'warning: a is hot (flaps no more) [a]');
  });
});
