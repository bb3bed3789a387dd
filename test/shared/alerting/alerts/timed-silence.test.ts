import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TimeNote } from '../../../../shared/wire/time-note.js';
import { brief, EPOCH, Harness, windowOf } from '../helpers.js';

const SILENT = `
rules:
  - name: Silent
    window: 10s
    metric: cpu
    expr: mean > 90.0
    noData: alert
    staleAfter: 1m
`;
const HOT = SILENT.replace('noData: alert', 'noData: resolve');
const GRACE = 5_000;
/** Longer than `staleAfter`, and than any bound. */
const OUTAGE = 7_200_000;

/** Windowing has closed all windows up to the `n`th, by its partition. */
function closed(upTo: Readonly<Record<number, number>>): TimeNote {
  const times = Object.entries(upTo).map(([partition, n]) => ({
    ...{ partition: Number(partition), time: EPOCH + (n + 1) * 10_000 + GRACE, atEnd: true },
  }));
  return { stage: 'windowing', topic: 'metrics', partitions: 2, times };
}

const a = (n: number, mean = 1) => windowOf(n, mean);
const b = (n: number, mean = 1) => windowOf(n, mean, { tags: { host: 'b' } });
const hosts = ({ alerts }: Harness) => alerts.map((one) => `${one.labels.host} ${brief(one)}`);

describe('silence of series whose windows carry their time', () => {
  it('is none while windowing is down, and none when it has caught up', () => {
    const harness = new Harness(SILENT);
    harness.noted(closed({ 0: 0, 1: 0 }), a(0), b(0));
    for (let waited = 0; waited < OUTAGE; waited += 60_000) harness.tick(60_000);
    // What it catches up with comes in large pieces.
    for (let n = 1; n <= 600; n += 30) {
      const windows = Array.from({ length: 30 }, (_, i) => [a(n + i), b(n + i)]).flat();
      harness.noted(closed({ 0: n + 29, 1: n + 29 }), ...windows);
      harness.tick(1_000);
    }
    assert.deepEqual(hosts(harness), []);
  });

  it('is none of a series whose partition of windowing is behind the others', () => {
    const harness = new Harness(SILENT);
    harness.noted(closed({ 0: 0, 1: 0 }), a(0), b(0));
    for (let n = 1; n <= 30; n++) {
      harness.noted(closed({ 0: n }), a(n));
      harness.tick(1_000);
    }
    assert.deepEqual(hosts(harness), []);
    for (let n = 1; n <= 30; n++) harness.noted(closed({ 1: n }), b(n));
    harness.tick(1_000);
    assert.deepEqual(hosts(harness), []);
  });

  it('begins when all windows of its time have come, be it within a second of wall clock', () => {
    const harness = new Harness(SILENT);
    harness.noted(closed({ 0: 0, 1: 0 }), a(0), b(0));
    harness.noted(closed({ 0: 5, 1: 5 }), b(5));
    harness.tick(1_000);
    assert.deepEqual(hosts(harness), []);
    harness.noted(closed({ 0: 6, 1: 6 }), b(6));
    harness.tick(1_000);
    assert.deepEqual(hosts(harness), ['a firing 7']);
    harness.noted(closed({ 0: 7, 1: 7 }), a(7));
    assert.deepEqual(hosts(harness), ['a firing 7', 'a resolved 7 to 8']);
  });

  it('is noticed by what windowing claims where no further window comes at all', () => {
    const harness = new Harness(SILENT);
    harness.noted(closed({ 0: 0, 1: 0 }), a(0));
    harness.tick(OUTAGE);
    assert.deepEqual(hosts(harness), []);
    harness.claims = [{ ...closed({ 0: 6, 1: 6 }), upTo: 1, changedAt: harness.now }];
    harness.tick(1_000);
    assert.deepEqual(hosts(harness), ['a firing 7']);
  });

  it('ends an alert only by that time too', () => {
    const harness = new Harness(HOT);
    harness.noted(closed({ 0: 0, 1: 0 }), a(0, 95));
    for (let n = 1; n <= 30; n++) {
      harness.noted(closed({ 0: n }), b(n));
      harness.tick(60_000);
    }
    assert.deepEqual(hosts(harness), ['a firing 1']);
    harness.noted(closed({ 1: 6 }), b(31));
    harness.tick(1_000);
    assert.deepEqual(hosts(harness), ['a firing 1', 'a resolved 1 to 7']);
  });

  it('goes on after a restart from what was known', () => {
    const harness = new Harness(SILENT);
    harness.noted(closed({ 0: 0, 1: 0 }), a(0), b(0));
    harness.noted(closed({ 0: 30 }), b(1));
    const next = harness.resumed(SILENT);
    next.tick(OUTAGE);
    assert.deepEqual(hosts(next), []);
    assert.deepEqual(next.time, { time: EPOCH + 15_000, atEnd: false });
    next.noted(closed({ 1: 6 }), b(6));
    next.tick(1_000);
    assert.deepEqual(hosts(next), ['a firing 7']);
  });
});

describe('the time of alerting on windows', () => {
  it('is that of its input, and holds nothing where windows carry none', () => {
    const harness = new Harness(SILENT);
    assert.deepEqual(harness.time, { time: null, atEnd: false });
    harness.windows(a(0));
    assert.deepEqual(harness.time, { time: null, atEnd: true });
    harness.noted(closed({ 0: 0 }), a(1));
    assert.deepEqual(harness.time, { time: null, atEnd: false });
    harness.noted(closed({ 1: 2 }), a(2));
    assert.deepEqual(harness.time, { time: EPOCH + 15_000, atEnd: true });
    assert.equal(new Harness(SILENT, { on: 'anomalies' }).time, undefined);
  });
});

describe('silence of series whose windows carry their time, after a restart', () => {
  const RARE = SILENT.replace('staleAfter: 1m', 'staleAfter: 400s');
  /** An instance that takes over after the windows up to `last` have come, and others of `b` up to `closedTo`. */
  const after = (last: number, closedTo: number): Harness => {
    const first = new Harness(RARE);
    for (let n = 0; n <= last; n++) first.noted(closed({ 0: n, 1: n }), a(n), b(n));
    for (let n = last + 1; n <= closedTo; n++) first.noted(closed({ 0: n, 1: n }), b(n));
    return first.resumed(RARE);
  };
  /** How many windows after its last one silence of `a` is noticed. */
  const noticedAfter = (last: number, closedTo: number): number => {
    const harness = after(last, closedTo);
    for (let n = closedTo + 1; n < 200; n++) {
      harness.now += 1_000;
      if (harness.noted(closed({ 0: n, 1: n }), b(n)).length > 0) return n - last;
    }
    return Number.POSITIVE_INFINITY;
  };

  it('is noticed not too early and a quarter too late at most, though the saved time lags behind', () => {
    for (const last of [0, 5, 9, 10, 11, 19, 20])
      for (const silent of [0, 11, 39]) {
        const windows = noticedAfter(last, last + silent);
        assert.ok(windows >= 40 && windows <= 50, `${windows} after ${last} and ${silent}`);
      }
  });

  it('goes on where it was noticed before', () => {
    const rules = RARE.replace('noData', 'for: 30s\n    noData');
    const first = new Harness(rules);
    for (let n = 0; n <= 5; n++) first.noted(closed({ 0: n, 1: n }), a(n), b(n));
    const second = first.resumed(rules);
    second.noted(closed({ 0: 45, 1: 45 }), b(45));
    assert.deepEqual(hosts(second), ['a pending 46']);
    const third = second.resumed(rules);
    third.noted(closed({ 0: 49, 1: 49 }), b(49));
    assert.deepEqual(hosts(third), ['a firing 46']);
  });
});
