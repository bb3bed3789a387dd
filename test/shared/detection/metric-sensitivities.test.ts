import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bySpecificity,
  MAX_SENSITIVITIES_OF_TENANT,
  MetricSensitivities,
} from '../../../shared/detection/metric-sensitivities.js';
import { changedBy, factorOf } from '../../../shared/detection/sensitivity.js';
import { sensitivityKey } from '../../../shared/wire/sensitivity-key.js';
import { sensitivityOf, setFor } from './sensitivities.js';

const globs = fc.stringMatching(/^[ab.*?]{1,6}$/).filter((glob) => !/\*[^*]*\?[^*]*\*/.test(glob));

test('the most specific glob that fits holds: without wildcards, then the longest literal part', () => {
  const all = new MetricSensitivities();
  const order = [
    'app.checkout.ms',
    'app.checkout.*',
    '*checkout.ms',
    'app.*',
    'app?*',
    'app*',
    '*.*',
    '???',
    '*',
  ];
  for (const [i, glob] of [...order].reverse().entries()) setFor(all, 'acme', glob, i / 10);
  assert.deepEqual(
    all.of('acme').map(({ metric }) => metric),
    order,
  );
  const held = (metric: string) => all.for('acme', metric)?.metric;
  assert.deepEqual(
    [
      'app.checkout.ms',
      'app.checkout.s',
      'web.checkout.ms',
      'app.x',
      'appx',
      'app',
      'a.b',
      'cpu',
      'disk',
    ].map(held),
    ['app.checkout.ms', 'app.checkout.*', '*checkout.ms', 'app.*', 'app?*', 'app*', '*.*', '???', '*'],
  );
  assert.deepEqual(
    all.of('acme', 'app.x').map(({ metric }) => metric),
    ['app.*', 'app?*', 'app*', '*.*', '*'],
  );
  assert.deepEqual([all.for('bolt', 'cpu'), all.of('bolt')], [null, []]);
});

test('specificity puts all globs in one order, and only equal ones side by side', () => {
  const sign = Math.sign;
  fc.assert(
    fc.property(globs, globs, globs, (a, b, c) => {
      assert.equal(sign(bySpecificity(a, b)) + sign(bySpecificity(b, a)), 0);
      assert.equal(bySpecificity(a, b) === 0, a === b);
      if (bySpecificity(a, b) < 0 && bySpecificity(b, c) < 0) assert.ok(bySpecificity(a, c) < 0);
    }),
  );
});

test('whatever came in whichever order, what holds is the same, and is one that fits', () => {
  const changes = fc.array(
    fc.record({ glob: globs, sensitivity: fc.option(fc.double({ min: 0, max: 1, noNaN: true })) }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(changes, fc.stringMatching(/^[ab.]{1,6}$/), (all, metric) => {
      const [lived, restored] = [new MetricSensitivities(), new MetricSensitivities()];
      const latest = new Map<string, number>();
      for (const { glob, sensitivity } of all) {
        if (sensitivity === null) lived.changed(sensitivityKey('acme', glob), null);
        else setFor(lived, 'acme', glob, sensitivity);
        if (sensitivity === null) latest.delete(glob);
        else latest.set(glob, sensitivity);
      }
      for (const [glob, sensitivity] of [...latest].reverse()) setFor(restored, 'acme', glob, sensitivity);
      const pattern = (glob: string) =>
        new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
      const [wanted] = [...latest.keys()].filter((glob) => pattern(glob).test(metric)).sort(bySpecificity);
      for (const one of [lived, restored])
        assert.deepEqual(
          one.for('acme', metric)?.sensitivity,
          wanted === undefined ? undefined : latest.get(wanted),
        );
      assert.deepEqual(lived.size, { inForce: latest.size, ignored: 0 });
    }),
  );
});

test('each change has a version of its own, and what changes nothing has none', () => {
  const all = new MetricSensitivities();
  const versions = [all.version];
  const remove = setFor(all, 'acme', 'cpu', 0.7);
  versions.push(all.version);
  setFor(all, 'acme', 'cpu', 0.8);
  versions.push(all.version);
  remove();
  versions.push(all.version);
  assert.equal(new Set(versions).size, 4);
  remove();
  all.changed('acme|x', sensitivityOf('acme', 'cpu', 0.5));
  assert.equal(all.version, versions.at(-1));
});

test('one that is wrong, slow to match or of another key is ignored, counted and named, and so is what it replaces', () => {
  const all = new MetricSensitivities();
  const cases = [
    [{ metric: '*a?b*' }, /\? between two \*: value was "\*a\?b\*"/],
    [{ metric: '' }, /must be a glob/],
    [{ tenantId: '' }, /no tenant/],
    [{ sensitivity: 1.1 }, /from 0 to 1: value was 1\.1/],
    [{ sensitivity: Number.NaN }, /from 0 to 1: value was NaN/],
  ] as const;
  for (const [wrong, says] of cases) {
    const record = { ...sensitivityOf('acme', 'cpu', 0.7), ...wrong };
    const key = sensitivityKey(record.tenantId, record.metric);
    assert.match(all.changed(key, record) ?? '', says);
    assert.match(all.problem(record) ?? '', says);
  }
  assert.match(all.changed('acme|other', sensitivityOf('acme', 'cpu', 1)) ?? '', /its key is not/);
  assert.deepEqual(all.size, { inForce: 0, ignored: 5 });
  setFor(all, 'acme', 'cpu', 0.7);
  all.changed(sensitivityKey('acme', 'cpu'), sensitivityOf('acme', 'cpu', 2));
  assert.deepEqual([all.for('acme', 'cpu'), all.size.ignored], [null, 5]);
});

test('a tenant has a bounded number, which leaves room for others and for changes of its own', () => {
  const all = new MetricSensitivities();
  for (let i = 0; i < MAX_SENSITIVITIES_OF_TENANT; i++) setFor(all, 'acme', `m${i}`, 0.7);
  const one = sensitivityOf('acme', 'one.more', 0.7);
  assert.match(all.problem(one) ?? '', /at most 100 of a tenant, and 10000 in all: remove others/);
  assert.match(all.changed(sensitivityKey('acme', 'one.more'), one) ?? '', /is ignored/);
  assert.deepEqual(all.size, { inForce: 100, ignored: 1 });
  assert.equal(all.problem(sensitivityOf('acme', 'm7', 0.1)), null);
  setFor(all, 'acme', 'm7', 0.1);
  setFor(all, 'bolt', 'cpu', 0.7);
  for (let tenant = 0; tenant < 99; tenant++)
    for (let i = 0; i < 100; i++)
      all.changed(sensitivityKey(`t${tenant}`, `m${i}`), sensitivityOf(`t${tenant}`, `m${i}`, 0.7));
  assert.deepEqual(all.size, { inForce: 10_000, ignored: 2 });
  all.changed(sensitivityKey('acme', 'm7'), null);
  assert.equal(all.problem(one), null);
});

test('a sensitivity of 0 to 1 is a factor of a fifth to five, within what a detector takes', () => {
  assert.deepEqual([0, 0.5, 1].map(factorOf), [0.2, 1, 5]);
  assert.deepEqual([changedBy(2, 1.5), changedBy(5, 1.5), changedBy(0.2, 0.5)], [3, 5, 0.2]);
});
