import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brief, Harness, WALL, windowOf } from '../helpers.js';

const HOT = `
rules:
  - name: Hot
    window: 10s
    metric: cpu
    expr: mean > 80.0
    for: 30s
    labels: { team: ops }
    annotations: { summary: "{{metric}} of {{tags.host}} at {{value}} %, {{labels.team}}" }
`;
const AT_ONCE = HOT.replace('for: 30s', 'for: 0s');
const GROUPED = AT_ONCE.replace('for: 0s', 'for: 0s\n    groupBy: [dc]');

test('an alert is pending, fires once the condition has held for its time, and is resolved', () => {
  const harness = new Harness(HOT);
  for (const [n, mean] of [10, 90, 91, 92, 93.456, 94, 50, 40].entries()) harness.windows(windowOf(n, mean));
  assert.deepEqual(harness.alerts.map(brief), ['pending 2', 'firing 2', 'resolved 2 to 7']);
  const [, firing, resolved] = harness.alerts;
  assert.ok(firing !== undefined && resolved !== undefined);
  assert.deepEqual(firing.labels, {
    alertname: 'Hot',
    tenant: 'acme',
    metric: 'cpu',
    severity: 'warning',
    host: 'a',
    team: 'ops',
  });
  assert.equal(firing.annotations.summary, 'cpu of a at 93.46 %, ops');
  assert.equal(firing.value, 93.456);
  assert.equal(firing.updatedAt, WALL);
  assert.equal(resolved.value, 50);
  assert.equal(resolved.annotations.resolution, 'recovered');
  assert.deepEqual(new Set(harness.alerts.map((alert) => alert.fingerprint)).size, 1);
  assert.deepEqual(harness.seen.transitions, ['pending', 'firing', 'resolved']);
});

test('the figure of an alert is a number, whatever is divided by nothing', () => {
  const ratio = AT_ONCE.replace('mean > 80.0', 'ratio < 5.0\n    values: { ratio: "mean / (mean - 40.0)" }');
  const harness = new Harness(ratio);
  harness.windows(windowOf(0, 60), windowOf(1, 40));
  assert.deepEqual(harness.alerts.map(brief), ['firing 1', 'resolved 1 to 2']);
  assert.deepEqual(
    harness.alerts.map(({ value }) => value),
    [3, 3],
  );
});

test('alerts are keyed by their fingerprint', () => {
  const harness = new Harness(AT_ONCE);
  const [alert] = harness.windows(windowOf(0, 90));
  assert.match(alert?.fingerprint ?? '', /^[0-9a-f]{16}$/);
  assert.deepEqual([...harness.changelog.keys()], [`windows|${alert?.fingerprint}`]);
});

test('a pending alert whose condition ends is written as resolved that never fired', () => {
  const harness = new Harness(HOT);
  harness.windows(windowOf(0, 90), windowOf(1, 90), windowOf(2, 10));
  assert.deepEqual(harness.alerts.map(brief), ['pending 1', 'resolved 1 to 3']);
  assert.equal(harness.alerts[1]?.annotations.resolution, 'never_fired');
  assert.equal(harness.changelog.size, 0);
});

test('without a time to hold, the alert fires at once', () => {
  const harness = new Harness(AT_ONCE);
  assert.deepEqual(harness.windows(windowOf(0, 90), windowOf(1, 90)).map(brief), ['firing 1']);
});

test('the time to hold is event time, however fast history is read', () => {
  const fast = new Harness(HOT);
  const slow = new Harness(HOT);
  const windows = [90, 90, 90, 90, 10].map((mean, n) => windowOf(n, mean));
  fast.windows(...windows);
  for (const window of windows) {
    slow.windows(window);
    slow.tick(10_000);
  }
  assert.deepEqual(fast.alerts.map(brief), slow.alerts.map(brief));
  assert.deepEqual(fast.alerts.map(brief), ['pending 1', 'firing 1', 'resolved 1 to 5']);
});

test('each series has an alert of its own', () => {
  const harness = new Harness(AT_ONCE);
  harness.windows(windowOf(0, 90), windowOf(0, 90, { tags: { host: 'b' } }), windowOf(1, 10));
  assert.deepEqual(
    harness.alerts.map((alert) => `${alert.labels.host} ${brief(alert)}`),
    ['a firing 1', 'b firing 1', 'a resolved 1 to 2'],
  );
});

test('a grouped alert lasts for as long as the condition holds for any of its series', () => {
  const harness = new Harness(GROUPED);
  const of = (n: number, host: string, mean: number) => windowOf(n, mean, { tags: { host, dc: 'x' } });
  harness.windows(of(0, 'a', 90), of(0, 'b', 95), of(1, 'a', 10), of(1, 'b', 95));
  assert.deepEqual(harness.alerts.map(brief), ['firing 1']);
  assert.equal(harness.alerts[0]?.labels.dc, 'x');
  assert.equal(harness.alerts[0]?.labels.host, undefined);
  harness.windows(of(2, 'a', 90), of(2, 'b', 10), of(3, 'a', 10));
  assert.deepEqual(harness.alerts.map(brief), ['firing 1', 'resolved 1 to 4']);
});

test('rules look at their window, metric and tenant only', () => {
  const harness = new Harness(AT_ONCE.replace('metric: cpu', 'metric: c*\n    tenant: ac*'));
  harness.windows(
    windowOf(0, 90, { window: '1m' }),
    windowOf(0, 90, { metric: 'memory' }),
    windowOf(0, 90, { tenantId: 'other' }),
  );
  assert.deepEqual(harness.alerts, []);
  harness.windows(windowOf(0, 90, { metric: 'cores' }));
  assert.equal(harness.alerts.length, 1);
});

test('windows that come again change nothing', () => {
  const harness = new Harness(HOT);
  const windows = [90, 90, 90, 90].map((mean, n) => windowOf(n, mean));
  harness.windows(...windows);
  assert.deepEqual(harness.windows(...windows), []);
  assert.deepEqual(harness.windows(windowOf(2, 10)), []);
});

test('restored from the changelog after any step, the transitions are the same', () => {
  const means = fc.array(fc.constantFrom(10, 90, null), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(means, fc.nat(), (values, cut) => {
      const windows = values.flatMap((mean, n) => (mean === null ? [] : [windowOf(n, mean)]));
      const whole = new Harness(HOT);
      for (const window of windows) whole.windows(window);
      const at = windows.length === 0 ? 0 : cut % windows.length;
      const first = new Harness(HOT);
      for (const window of windows.slice(0, at)) first.windows(window);
      const second = first.restarted(HOT);
      for (const window of windows.slice(at)) second.windows(window);
      assert.deepEqual([...first.alerts, ...second.alerts], whole.alerts);
      assert.deepEqual(second.changelog, whole.changelog);
    }),
  );
});

test('for any course of a series the states follow one another as allowed, each written once', () => {
  const means = fc.array(fc.constantFrom(10, 90, null), { maxLength: 80 });
  fc.assert(
    fc.property(means, (values) => {
      const harness = new Harness(HOT);
      for (const [n, mean] of values.entries()) if (mean !== null) harness.windows(windowOf(n, mean));
      const after: Record<string, readonly string[]> = {
        none: ['pending'],
        pending: ['firing', 'resolved'],
        firing: ['resolved'],
        resolved: ['pending'],
      };
      let state = 'none';
      for (const alert of harness.alerts) {
        assert.ok(after[state]?.includes(alert.state), `${state} > ${alert.state}`);
        state = alert.state;
        assert.equal(alert.endsAt !== null, state === 'resolved');
        if (alert.endsAt !== null) assert.ok(alert.endsAt >= alert.startsAt);
      }
      assert.equal(harness.changelog.size, state === 'pending' || state === 'firing' ? 1 : 0);
    }),
  );
});

test('a series that goes silent has its alert resolved by the clock, and the alert says so', () => {
  const harness = new Harness(AT_ONCE);
  harness.windows(windowOf(0, 90));
  assert.deepEqual(harness.tick(119_000), []);
  const [resolved] = harness.tick(1_000);
  assert.ok(resolved !== undefined);
  assert.equal(brief(resolved), 'resolved 1 to 13');
  assert.equal(resolved.annotations.resolution, 'silent');
  assert.equal(resolved.annotations.resolution_text, 'nothing more was seen for 2m');
  assert.deepEqual(harness.tick(600_000), []);
});

test('while windows are waiting to be read, or right after a restart, no series counts as silent', () => {
  const harness = new Harness(AT_ONCE);
  harness.windows(windowOf(0, 90));
  assert.deepEqual(harness.tick(600_000, false), []);
  const later = harness.restarted(AT_ONCE);
  assert.deepEqual(later.tick(3_600_000), []);
  assert.deepEqual(later.tick(119_000), []);
  assert.deepEqual(later.tick(1_000).map(brief), ['resolved 1 to 13']);
});

test('a rule can have a time of its own for silence', () => {
  const harness = new Harness(AT_ONCE.replace('for: 0s', 'staleAfter: 20s'));
  harness.windows(windowOf(0, 90));
  assert.deepEqual(harness.tick(20_000).map(brief), ['resolved 1 to 3']);
});

test('a series that comes back after a gap in event time has had its alert resolved in between', () => {
  const harness = new Harness(HOT);
  harness.windows(windowOf(0, 90), windowOf(100, 90));
  assert.deepEqual(harness.alerts.map(brief), ['pending 1', 'resolved 1 to 13', 'pending 101']);
});

test('alerts of a rule that is gone are resolved, those of other rules and inputs are left alone', () => {
  const both = `${AT_ONCE}  - { name: Other, window: 10s, expr: max > 85.0 }\n`;
  const harness = new Harness(both);
  harness.windows(windowOf(0, 90));
  harness.changelog.set('anomalies|0123456789abcdef', Buffer.from('of the other stage'));
  const later = harness.restarted(AT_ONCE.replace('name: Hot', 'name: Hotter'));
  const reported = later.tick(0);
  assert.deepEqual(
    reported.map((alert) => `${alert.rule} ${alert.state} ${alert.annotations.resolution}`),
    ['Hot resolved rule_removed', 'Other resolved rule_removed'],
  );
  assert.deepEqual([...later.changelog.keys()], ['anomalies|0123456789abcdef']);
  assert.equal(later.seen.discarded, 0);
});

test('a rule whose labels were changed ends the old alert and begins a new one', () => {
  const harness = new Harness(AT_ONCE);
  const [old] = harness.windows(windowOf(0, 90));
  const later = harness.restarted(AT_ONCE.replace('team: ops', 'team: dev'));
  const [ended, begun] = later.windows(windowOf(1, 90));
  assert.equal(ended?.fingerprint, old?.fingerprint);
  assert.equal(ended?.annotations.resolution, 'rule_changed');
  assert.equal(begun?.state, 'firing');
  assert.notEqual(begun?.fingerprint, old?.fingerprint);
});

test('beyond the limit no further alert is raised, and those that live go on', () => {
  const harness = new Harness(AT_ONCE, { maxAlerts: 2 });
  const of = (n: number, host: string, mean: number) => windowOf(n, mean, { tags: { host } });
  harness.windows(of(0, 'a', 90), of(0, 'b', 90), of(0, 'c', 90));
  assert.deepEqual(harness.seen.dropped, ['limit']);
  assert.deepEqual(harness.live, { pending: 0, firing: 2, flapping: 0 });
  harness.now += 1_000;
  harness.windows(of(1, 'a', 10), of(1, 'c', 90));
  assert.deepEqual(
    harness.alerts.map((alert) => `${alert.labels.host} ${alert.state}`),
    ['a firing', 'b firing', 'a resolved', 'c firing'],
  );
});

test('one tenant has four fifths of the room for alerts at most, so that others are alerted', () => {
  const harness = new Harness(AT_ONCE, { maxAlerts: 10 });
  const of = (n: number, tenantId: string, hosts: number, mean = 90) =>
    Array.from({ length: hosts }, (_, i) => windowOf(n, mean, { tenantId, tags: { host: `h${i}` } }));
  harness.windows(...of(0, 'flood', 10));
  assert.deepEqual(harness.seen.dropped, ['tenant', 'tenant']);
  harness.windows(...of(0, 'other', 2));
  assert.equal(harness.alerts.length, 10);
  // What is over makes room.
  harness.windows(...of(1, 'flood', 1, 10), ...of(1, 'other', 3));
  assert.deepEqual(harness.seen.dropped, ['tenant', 'tenant']);
  harness.windows(...of(2, 'flood', 1), ...of(2, 'third', 1));
  assert.deepEqual(harness.seen.dropped, ['tenant', 'tenant', 'limit', 'limit']);
});

test('one alert follows at most 200 series', () => {
  const harness = new Harness(GROUPED, { maxAlerts: 10_000 });
  const hosts = Array.from({ length: 250 }, (_, i) => windowOf(0, 90, { tags: { host: `h${i}`, dc: 'x' } }));
  harness.windows(...hosts);
  assert.equal(harness.seen.dropped.filter((reason) => reason === 'members').length, 50);
  assert.ok((harness.changelog.values().next().value?.length ?? 0) < 20_000);
});

test('a rule that fails at run time raises an alert about itself, and harms no other', () => {
  const other = '  - { name: Other, window: 10s, expr: max > 85.0 }\n';
  const harness = new Harness(AT_ONCE.replace('mean > 80.0', 'mean > 80.0 && tags.dc == "x"') + other);
  const [failing, fine] = harness.windows(windowOf(0, 90));
  assert.deepEqual(failing?.labels, {
    alertname: 'RuleFailing',
    tenant: 'acme',
    metric: 'cpu',
    severity: 'warning',
    rule: 'Hot',
  });
  assert.equal(failing?.annotations.summary, 'The rule Hot cannot be evaluated: No such key: dc');
  assert.equal(fine?.rule, 'Other');
  assert.equal(harness.seen.failed, 1);
  const reported = harness.windows(windowOf(1, 90, { tags: { host: 'b' } }), windowOf(1, 20));
  assert.deepEqual(
    reported.map(({ rule, state }) => `${rule} ${state}`),
    ['Other firing', 'Other resolved'],
    'one alert for all series of the metric',
  );
  assert.equal(failing?.state, 'firing');
  assert.equal(harness.seen.failed, 2);
});

test('an alert about a failing rule ends when the rule works again, or is gone', () => {
  const harness = new Harness(AT_ONCE.replace('mean > 80.0', '1 / (count - 10) > 0'));
  harness.windows(windowOf(0, 90));
  assert.deepEqual(
    harness.windows(windowOf(1, 90, { count: 11 })).map(({ rule, state }) => `${rule} ${state}`),
    ['RuleFailing:Hot resolved', 'Hot firing'],
  );
  harness.windows(windowOf(2, 90));
  const later = harness.restarted('rules: []');
  assert.deepEqual(
    later
      .tick(0)
      .map(({ rule, state }) => `${rule} ${state}`)
      .sort(),
    ['Hot resolved', 'RuleFailing:Hot resolved'],
  );
});

test('an alert can go on firing for a while after its condition has ended', () => {
  const harness = new Harness(AT_ONCE.replace('for: 0s', 'keepFiringFor: 30s'));
  for (const [n, mean] of [90, 10, 10, 90, 10, 10, 10, 10].entries()) harness.windows(windowOf(n, mean));
  assert.deepEqual(harness.alerts.map(brief), ['firing 1', 'resolved 1 to 8']);
  harness.windows(windowOf(10, 90), windowOf(11, 10));
  assert.deepEqual(harness.tick(30_000).map(brief), ['resolved 11 to 15'], 'also when nothing more comes');
});

test('the value of an alert is the first figure that its condition names', () => {
  const value = (expr: string) => {
    const window = windowOf(0, 90, { max: 200, count: 7, quantiles: { '0.95': 3 } });
    return new Harness(AT_ONCE.replace('mean > 80.0', expr)).windows(window)[0]?.value;
  };
  assert.equal(value('max - min > 10.0 && mean > 1.0'), 200);
  assert.equal(value('count > 5'), 7);
  assert.equal(value('tags.host == "a"'), 90);
  assert.equal(value('quantiles["0.95"] > 2.0'), 90);
});

test('a condition on a counter holds where the window has one, and cannot be said of a gauge', () => {
  const harness = new Harness(AT_ONCE.replace('mean > 80.0', 'rate > 5.0'));
  harness.windows(windowOf(0, 90, { increase: 70, rate: 7 }));
  assert.equal(harness.alerts.at(-1)?.value, 7);
  assert.deepEqual(harness.alerts.map(brief), ['firing 1']);
  harness.windows(windowOf(1, 90));
  assert.ok(harness.alerts.some(({ rule }) => rule.startsWith('RuleFailing')));
});

test('tags that are named like a label of Tactus or of the rule keep their values apart', () => {
  const harness = new Harness(AT_ONCE);
  const tags = { severity: 'x', team: 'y', exported_team: 'z' };
  const [alert] = harness.windows(windowOf(0, 90, { tags }));
  assert.equal(alert?.labels.severity, 'warning');
  assert.equal(alert?.labels.team, 'ops');
  assert.deepEqual(
    new Set([
      alert?.labels.exported_severity,
      alert?.labels.exported_team,
      alert?.labels.exported_exported_team,
    ]),
    new Set(['x', 'y', 'z']),
  );
});

test('records that cannot be decoded are refused, and the offset goes on', () => {
  const harness = new Harness(AT_ONCE);
  harness.step([Buffer.from('junk'), null]);
  assert.deepEqual(harness.refused, ['0 TACTUS_RECORD_BAD_MAGIC', '1 TACTUS_RECORD_EMPTY']);
  assert.equal(harness.checkpointOffset, 2);
  assert.deepEqual(harness.alerts, []);
});
