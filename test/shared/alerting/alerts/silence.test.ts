import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, Harness, windowOf } from '../helpers.js';

const KEEP = 'rules: [{ name: Hot, window: 10s, expr: mean > 80.0, staleAfter: 20s, noData: keep }]';
const SILENT = `
rules:
  - name: Gone
    window: 10s
    noData: alert
    staleAfter: 60s
    for: 30s
    annotations: { summary: "{{tags.host}} is silent{{mean}}" }
`;

test('an alert whose rule keeps it stays as it is while its series is silent', () => {
  const harness = new Harness(KEEP);
  harness.windows(windowOf(0, 90));
  assert.deepEqual(harness.tick(3_600_000), []);
  assert.deepEqual(harness.windows(windowOf(400, 90)), []);
  assert.deepEqual(harness.windows(windowOf(401, 10)).map(brief), ['resolved 1 to 402']);
});

test('silence alone raises an alert where the rule says so, and the next window ends it', () => {
  const harness = new Harness(SILENT);
  harness.windows(windowOf(0, 5));
  assert.deepEqual(harness.tick(59_000), []);
  assert.deepEqual(harness.tick(1_000).map(brief), ['pending 7']);
  assert.deepEqual(harness.tick(29_000), []);
  const [firing] = harness.tick(1_000);
  assert.equal(firing?.state, 'firing');
  assert.equal(firing?.annotations.summary, 'a is silent');
  assert.match(
    firing?.annotations.no_data ?? '',
    /^nothing was seen for 1m, last at 2023-11-14T22:13:30\.000Z$/,
  );
  assert.equal(firing?.value, 5);
  const saved = harness.changelog.size;
  assert.deepEqual(harness.tick(60_000), []);
  assert.equal(harness.changelog.size, saved);
  assert.deepEqual(harness.windows(windowOf(20, 5)).map(brief), ['resolved 7 to 21']);
});

test('silence is noticed after a restart, counted from the restart on', () => {
  const first = new Harness(SILENT);
  first.windows(windowOf(0, 5));
  const second = first.restarted(SILENT);
  assert.deepEqual(second.tick(3_600_000), []);
  assert.deepEqual(second.tick(59_000), []);
  assert.deepEqual(
    second.tick(1_000).map(({ state }) => state),
    ['pending'],
  );
});

test('while windows are waiting to be read, nothing is silent', () => {
  const harness = new Harness(SILENT);
  harness.windows(windowOf(0, 5));
  assert.deepEqual(harness.tick(600_000, false), []);
});

test('a series that never comes back is forgotten in the end, and its alert resolved', () => {
  const harness = new Harness(SILENT);
  harness.windows(windowOf(0, 5));
  harness.tick(100_000);
  harness.tick(100_000);
  assert.deepEqual(
    harness.alerts.map(({ state }) => state),
    ['pending', 'firing'],
  );
  assert.deepEqual(
    harness.tick(3_600_000).map(({ state }) => state),
    ['resolved'],
  );
  assert.equal(harness.changelog.size, 0);
});

test('the time of a series is saved now and then, not with every window', () => {
  const harness = new Harness(SILENT.replace('60s', '400s'));
  let saves = 0;
  let before: Buffer | undefined;
  for (let n = 0; n < 40; n++) {
    harness.windows(windowOf(n, 5));
    const [now] = harness.changelog.values();
    if (now !== before) saves += 1;
    before = now;
  }
  assert.equal(saves, 4);
});

test('a series is no longer watched when its rule has gone', () => {
  const first = new Harness(SILENT);
  first.windows(windowOf(0, 5));
  const second = first.restarted('rules: []');
  second.tick(0);
  assert.equal(second.changelog.size, 0);
});

test('one tenant has four fifths of the series that are watched at most', () => {
  const harness = new Harness(SILENT, { maxAlerts: 5 });
  const watch = (tenantId: string, hosts: readonly string[]) =>
    harness.windows(...hosts.map((host) => windowOf(0, 5, { tenantId, tags: { host } })));
  watch('flood', ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(harness.seen.dropped, ['tenant']);
  watch('other', ['a', 'b']);
  assert.deepEqual(harness.seen.dropped, ['tenant', 'watched']);
});

test('beyond the limit no further series is watched, and that is counted', () => {
  const harness = new Harness(SILENT, { maxAlerts: 2 });
  for (const host of ['a', 'b', 'c']) harness.windows(windowOf(0, 5, { tags: { host } }));
  assert.deepEqual(harness.seen.dropped, ['watched']);
});

test('an alert of a series that could not be watched ends when a watched one would be forgotten', () => {
  const harness = new Harness(
    SILENT.replace('window', 'expr: mean > 80.0\n    window').replace('for: 30s', ''),
    {
      maxAlerts: 5,
    },
  );
  const of = (tenantId: string, mean: number) => windowOf(0, mean, { tenantId });
  harness.windows(...['t1', 't2', 't3', 't4', 't5'].map((tenantId) => of(tenantId, 5)));
  harness.windows(of('t6', 90));
  assert.deepEqual(harness.seen.dropped, ['watched']);
  harness.tick(3_590_000);
  assert.ok(harness.alerts.every(({ state }) => state === 'firing'));
  harness.tick(10_000);
  assert.deepEqual(
    harness.alerts.filter(({ state }) => state === 'resolved').map(({ tenantId }) => tenantId),
    ['t1', 't2', 't3', 't4', 't6'],
  );
});
