import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brief, Harness, windowOf } from '../helpers.js';

const RATIO = `
rules:
  - name: Errors
    window: 10s
    metrics:
      errors: { metric: http.errors, default: 0 }
      requests: http.requests
    values: { error_rate: errors.sum / requests.sum }
    expr: error_rate > 0.05
    for: 10s
    annotations: { summary: "{{error_rate}} of {{requests.sum}} requests of {{tags.host}} fail" }
`;
const on = { on: 'state.joins' } as const;
const requests = (n: number, sum: number, host = 'a') =>
  windowOf(n, 1, { metric: 'http.requests', sum, tags: { host } });
const errors = (n: number, sum: number, host = 'a') =>
  windowOf(n, 1, { metric: 'http.errors', sum, tags: { host } });

test('windows of a metric that a rule joins are passed on, keyed by tenant; others are not', () => {
  const harness = new Harness(RATIO);
  harness.windows(requests(0, 10), errors(0, 1), windowOf(0, 1), requests(0, 1), errors(1, 1));
  harness.windows(windowOf(0, 1, { metric: 'http.errors', window: '1m' }));
  assert.deepEqual(harness.passedOn, ['acme', 'acme', 'acme', 'acme']);
});

test('a ratio is evaluated over windows of the same tags and time, whichever comes first', () => {
  const harness = new Harness(RATIO, on);
  harness.windows(requests(0, 100), errors(0, 10), errors(0, 1, 'b'), requests(0, 100, 'b'));
  harness.windows(errors(1, 8), requests(1, 100), requests(2, 100), errors(2, 0));
  assert.deepEqual(harness.alerts.map(brief), ['pending 1', 'firing 1', 'resolved 1 to 3']);
  const [, firing] = harness.alerts;
  assert.deepEqual(firing?.labels, { alertname: 'Errors', tenant: 'acme', severity: 'warning', host: 'a' });
  assert.equal(firing?.annotations.summary, '0.08 of 100 requests of a fail');
  assert.equal(firing?.value, 0.08);
  assert.deepEqual(harness.changelog.size, 0);
});

test('a metric without a window counts with its default once the wait is over, by event time', () => {
  const harness = new Harness(RATIO, on);
  harness.windows(requests(0, 100), errors(0, 10), requests(1, 100), errors(1, 10));
  assert.deepEqual(harness.windows(requests(2, 100), requests(3, 100), requests(4, 100)), []);
  assert.deepEqual(harness.windows(requests(5, 100)).map(brief), ['resolved 1 to 3']);
  assert.deepEqual(harness.seen.joins, ['complete', 'complete', 'filled']);
});

test('without further windows the wait is over by the wall clock, but not while some wait to be read', () => {
  const harness = new Harness(RATIO, on);
  harness.windows(requests(0, 100), errors(0, 10), requests(1, 100));
  assert.deepEqual(harness.tick(60_000, false), []);
  assert.deepEqual(harness.tick(0).map(brief), ['resolved 1 to 2']);
});

test('where a metric without a default is missing, nothing is evaluated', () => {
  const harness = new Harness(RATIO, on);
  harness.windows(errors(0, 10));
  harness.tick(30_000);
  assert.deepEqual(harness.alerts, []);
  assert.deepEqual(harness.seen.joins, ['incomplete']);
});

test('a window that comes after its join was evaluated without it is counted as late', () => {
  const harness = new Harness(RATIO, on);
  harness.windows(requests(0, 100));
  harness.tick(30_000);
  assert.deepEqual(harness.windows(errors(0, 50)), []);
  assert.deepEqual(harness.seen.joins, ['filled', 'late']);
});

test('tenants are apart, and a division by zero is no alert', () => {
  const harness = new Harness(RATIO, on);
  harness.windows(requests(0, 10), { ...errors(0, 5), tenantId: 'other' });
  harness.windows({ ...requests(0, 0), tenantId: 'third' }, { ...errors(0, 0), tenantId: 'third' });
  assert.deepEqual(harness.alerts, []);
  assert.equal(harness.seen.failed, 0);
});

test('beyond the limit further windows are not joined, and that is counted', () => {
  const harness = new Harness(RATIO, on);
  const of = (tenantId: string, count: number) =>
    harness.windows(...Array.from({ length: count }, (_, i) => ({ ...requests(0, 1, `h${i}`), tenantId })));
  of('flood', 81);
  assert.deepEqual(harness.seen.dropped, ['tenant'], 'one tenant has four fifths');
  of('other', 21);
  assert.deepEqual(harness.seen.dropped, ['tenant', 'joins']);
});

test('what a tenant has waiting no more makes room for it', () => {
  const harness = new Harness(RATIO, on);
  const hosts = Array.from({ length: 80 }, (_, i) => `h${i}`);
  harness.windows(...hosts.map((host) => requests(0, 1, host)));
  harness.windows(errors(0, 1, 'h7'), requests(0, 1, 'new'), requests(0, 1, 'newer'));
  assert.deepEqual(harness.seen.dropped, ['tenant']);
});

test('for any order within the wait, and a restart anywhere, the alerts are the same', () => {
  const sums = fc.array(fc.tuple(fc.constantFrom(0, 3, 10), fc.boolean()), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sums, fc.nat(), (values, cut) => {
      const ordered = values.flatMap(([sum, errorsFirst], n) =>
        errorsFirst ? [errors(n, sum), requests(n, 100)] : [requests(n, 100), errors(n, sum)],
      );
      const straight = new Harness(RATIO, on);
      for (const [n, [sum]] of values.entries()) straight.windows(requests(n, 100), errors(n, sum));
      const at = cut % ordered.length;
      const first = new Harness(RATIO, on);
      for (const window of ordered.slice(0, at)) first.windows(window);
      const second = first.restarted(RATIO);
      for (const window of ordered.slice(at)) second.windows(window);
      assert.deepEqual([...first.alerts, ...second.alerts].map(brief), straight.alerts.map(brief));
    }),
  );
});
