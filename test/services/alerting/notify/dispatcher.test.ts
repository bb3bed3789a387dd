import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alertOf, DispatcherHarness, MINUTE, resolved, SECOND } from './helpers.js';

const PLAIN = `
route:
  channels: [ops]
  groupBy: [alertname]
  groupWait: 10s
  groupInterval: 1m
  repeatInterval: 1h
`;
const [a, b] = [alertOf('a'), alertOf('b')];

test('alerts of a group share a notification after the wait, later ones at the interval, and their ends', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a);
  assert.deepEqual(harness.pass(5 * SECOND), []);
  harness.observe(b);
  assert.deepEqual(harness.pass(5 * SECOND), ['ops a,b/']);
  harness.observe(alertOf('c'), resolved(a));
  assert.deepEqual(harness.pass(59 * SECOND), []);
  assert.deepEqual(harness.pass(SECOND), ['ops b,c/a']);
  harness.observe(resolved(b), resolved(alertOf('c')));
  assert.deepEqual(harness.pass(MINUTE), ['ops /b,c']);
  assert.equal(harness.changelog.size, 0, 'nothing is left of it');
});

test('an alert that is over before any notification causes none', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a).pass(5 * SECOND);
  harness.observe(resolved(a));
  assert.deepEqual(harness.pass(MINUTE), []);
  assert.equal(harness.changelog.size, 0);
});

test('what still fires is repeated after the repeat interval', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a);
  assert.deepEqual(harness.pass(61 * MINUTE), ['ops a/', 'ops a/']);
});

test('an acknowledged alert is not repeated, and its end is notified', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a).pass(MINUTE);
  harness.acknowledged.add('a');
  assert.deepEqual(harness.pass(3 * 60 * MINUTE), []);
  harness.observe(resolved(a));
  assert.deepEqual(harness.pass(MINUTE), ['ops /a']);
});

test('a silenced alert causes no notification; when the silence ends it does, if it had none before', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.silenced.add('a');
  harness.observe(a, b);
  assert.deepEqual(harness.pass(MINUTE), ['ops b/']);
  harness.silenced.delete('a');
  harness.silenced.add('b');
  assert.deepEqual(harness.pass(MINUTE), ['ops a/']);
  harness.silenced.clear();
  assert.deepEqual(harness.pass(5 * MINUTE), []);
});

test('the end of a notified alert is notified though it is silenced', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a).pass(MINUTE);
  harness.silenced.add('a');
  harness.observe(resolved(a));
  assert.deepEqual(harness.pass(MINUTE), ['ops /a']);
});

test('a graver alert inhibits a lesser one of the same host and tenant, not of others, nor itself', () => {
  const harness = new DispatcherHarness(`${PLAIN}
inhibit:
  - { source: ['severity="critical"'], target: ['severity=~"warning|critical"'], equal: [host] }
`);
  const critical = alertOf('g', { severity: 'critical', labels: { host: 'a' } });
  harness.observe(critical, a, b, alertOf('x', { labels: { host: 'a', tenant: 'other' } }));
  assert.deepEqual(harness.pass(10 * SECOND), ['ops b,g,x/']);
  harness.observe(resolved(critical));
  assert.deepEqual(harness.pass(MINUTE), ['ops a,b,x/g']);
});

test('routes: the deepest that match, the first of siblings unless it continues, with what they inherit', () => {
  const harness = new DispatcherHarness(`
route:
  channels: [ops]
  groupBy: ["..."]
  groupWait: 0s
  routes:
    - match: ['severity="critical"']
      continue: true
      channels: [pager]
    - match: ['tenant=~"ac.*"', 'host!="c"']
      channels: [boss]
    - match: ['tenant="acme"']
      channels: [pager]
`);
  harness.observe(alertOf('g', { severity: 'critical' }), a, alertOf('c'));
  const other = { tenant: 'zeta' };
  harness.observe(alertOf('z', { labels: other }), alertOf('zg', { severity: 'critical', labels: other }));
  assert.deepEqual(harness.pass(0).sort(), [
    'boss a/',
    'boss g/',
    'ops z/',
    'pager c/',
    'pager g/',
    'pager zg/',
  ]);
});

test('what nobody acknowledges is escalated after its time, and its end is notified there too', () => {
  const harness = new DispatcherHarness(`${PLAIN}  escalate: [{ after: 15m, channels: [boss] }]\n`);
  harness.observe(a, b).pass(MINUTE);
  harness.acknowledged.add('b');
  assert.deepEqual(harness.pass(14 * MINUTE - SECOND), []);
  assert.deepEqual(harness.pass(SECOND), ['boss a/']);
  harness.acknowledged.add('a');
  assert.deepEqual(harness.pass(10 * MINUTE), []);
  harness.observe(resolved(a), resolved(b));
  assert.deepEqual(harness.pass(MINUTE).sort(), ['boss /a', 'ops /a,b']);
});

test('a channel that was down gets the present state when it is back, and delays no other', () => {
  const harness = new DispatcherHarness(PLAIN.replace('[ops]', '[ops, pager]'));
  harness.down.add('pager');
  harness.observe(a, b);
  assert.deepEqual(harness.pass(MINUTE), ['ops a,b/']);
  harness.observe(resolved(a));
  assert.deepEqual(harness.pass(MINUTE), ['ops b/a']);
  harness.down.clear();
  assert.deepEqual(harness.pass(MINUTE), ['pager b/']);
});

test('the end of an alert is kept for a channel that is down, for a day', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a).pass(MINUTE);
  harness.down.add('ops');
  harness.observe(resolved(a)).pass(23 * 60 * MINUTE);
  assert.ok(harness.changelog.size > 0);
  harness.pass(70 * MINUTE);
  assert.equal(harness.changelog.size, 0);
});

test('an alert that comes back is a new one: notified again, its escalation counted anew', () => {
  const harness = new DispatcherHarness(`${PLAIN}  escalate: [{ after: 15m, channels: [boss] }]\n`);
  harness.observe(a).pass(14 * MINUTE);
  harness.observe(resolved(a)).pass(MINUTE);
  harness.observe({ ...a, startsAt: a.startsAt + 20 * MINUTE });
  assert.deepEqual(harness.pass(14 * MINUTE), ['ops a/']);
  assert.deepEqual(harness.pass(2 * MINUTE), ['boss a/']);
});

test('with other routes after a restart, what is due by them is sent, and nothing else is left', () => {
  const first = new DispatcherHarness(PLAIN);
  first.observe(a).pass(MINUTE);
  const second = first.restarted(PLAIN.replace('[alertname]', '[host]'));
  assert.deepEqual(second.pass(MINUTE), ['ops a/']);
  second.observe(resolved(a));
  second.pass(MINUTE);
  assert.equal(second.changelog.size, 0);
});

test('restarted anywhere, channels are sent the same', () => {
  const steps = fc.array(
    fc.record({
      fingerprint: fc.constantFrom('a', 'b', 'c'),
      over: fc.boolean(),
      pause: fc.integer({ min: 0, max: 100 }),
    }),
    { maxLength: 15 },
  );
  fc.assert(
    fc.property(steps, fc.nat(), (course, cut) => {
      const run = (harnesses: (n: number) => DispatcherHarness) =>
        course.flatMap(({ fingerprint, over, pause }, n) => {
          const alert = alertOf(fingerprint);
          return harnesses(n)
            .observe(over ? resolved(alert) : alert)
            .pass(pause * SECOND);
        });
      const whole = new DispatcherHarness(PLAIN);
      let current = new DispatcherHarness(PLAIN);
      const sent = run((n) => {
        if (n === cut % 15) current = current.restarted();
        return current;
      });
      assert.deepEqual(
        sent,
        run(() => whole),
      );
    }),
    { numRuns: 60 },
  );
});

test('what is suppressed is given out once for each channel that would be notified, and anew when it is suppressed again', () => {
  const harness = new DispatcherHarness(`${PLAIN}  escalate: [{ after: 5m, channels: [boss] }]
inhibit: [{ source: ['severity="critical"'], target: ['severity="warning"'], equal: [alertname] }]
`);
  harness.silenced.add('a');
  harness.observe(a).pass(4 * MINUTE);
  assert.deepEqual(harness.suppressed, ['ops a silenced 0']);
  harness.pass(3 * MINUTE);
  assert.deepEqual(harness.suppressed.splice(0), ['ops a silenced 0', 'boss a silenced 1']);
  harness.silenced.delete('a');
  harness.observe(alertOf('c', { severity: 'critical' })).pass(2 * MINUTE);
  assert.deepEqual(harness.suppressed.splice(0), ['ops a inhibited 0', 'boss a inhibited 1']);
  harness.observe(resolved(alertOf('c', { severity: 'critical' }))).pass(2 * MINUTE);
  assert.deepEqual(harness.suppressed, [], 'it is notified now');
  harness.silenced.add('a');
  harness.pass(5 * MINUTE);
  assert.deepEqual(
    harness.suppressed,
    [],
    'a channel that was notified of it already has nothing new to be notified of',
  );
});

test('sibling routes with the same matchers each notify their channels', () => {
  const harness = new DispatcherHarness(`
route:
  channels: [ops]
  groupWait: 0s
  routes:
    - { match: ['severity="critical"'], continue: true, channels: [pager] }
    - { match: ['severity="critical"'], channels: [boss] }
`);
  harness.observe(alertOf('g', { severity: 'critical' }));
  assert.deepEqual(harness.pass(0).sort(), ['boss g/', 'pager g/']);
  assert.deepEqual(harness.restarted().pass(MINUTE), []);
});

test('what fits both sides of an inhibition is inhibited by what fits its source alone', () => {
  const harness = new DispatcherHarness(`${PLAIN}
inhibit:
  - { source: ['severity=~"critical|warning"'], target: ['severity=~"warning|info"'], equal: [host] }
`);
  const on = (host: string) => ({ host });
  harness.observe(
    alertOf('c', { severity: 'critical', labels: on('a') }),
    alertOf('w', { severity: 'warning', labels: on('a') }),
    alertOf('i', { severity: 'info', labels: on('a') }),
    alertOf('x', { severity: 'warning', labels: on('b') }),
    alertOf('y', { severity: 'warning', labels: on('b') }),
    alertOf('z', { severity: 'info', labels: on('b') }),
  );
  assert.deepEqual(harness.pass(10 * SECOND), ['ops c,x,y/']);
});

test('who acknowledges an alert while it is pending is not escalated past when it fires', () => {
  const harness = new DispatcherHarness(`${PLAIN}  escalate: [{ after: 15m, channels: [boss] }]\n`);
  const pendingSince = harness.now - 5 * MINUTE;
  harness.acknowledgedAt.set('a', harness.now - MINUTE);
  harness.acknowledgedAt.set('b', pendingSince - MINUTE);
  harness.observe(alertOf('a', { startsAt: pendingSince }), alertOf('b', { startsAt: pendingSince }));
  assert.deepEqual(harness.pass(20 * MINUTE), ['ops a,b/', 'boss b/']);
});

test('an alert that ends while its notification is under way is notified as over afterwards', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.slow.add('ops');
  harness.observe(a);
  assert.deepEqual(harness.pass(10 * SECOND), []);
  harness.observe(resolved(a)).pass(2 * MINUTE);
  harness.arrive();
  assert.deepEqual(harness.sent, ['ops a/']);
  assert.deepEqual(harness.pass(MINUTE), ['ops /a']);
  assert.equal(harness.changelog.size, 0);
});

test('of an alert that ends while an attempt to send it fails nothing is left', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.slow.add('ops');
  harness.observe(a).pass(10 * SECOND);
  harness.observe(resolved(a)).pass(2 * MINUTE);
  harness.slow.clear();
  harness.underWay.clear();
  assert.deepEqual(harness.pass(MINUTE), []);
  assert.equal(harness.changelog.size, 0);
});

test('a notification says whether an alert of it begins, or it is a repetition', () => {
  const harness = new DispatcherHarness(PLAIN);
  harness.observe(a, b).pass(MINUTE);
  harness.observe(resolved(b)).pass(MINUTE);
  harness.pass(61 * MINUTE);
  harness.observe(resolved(a)).pass(MINUTE);
  assert.deepEqual(harness.sent, ['ops a,b/', 'ops a/b', 'ops a/', 'ops /a']);
  assert.deepEqual(
    harness.notifications.map(({ noneBegins = false }) => noneBegins),
    [false, true, false, true],
  );
});
