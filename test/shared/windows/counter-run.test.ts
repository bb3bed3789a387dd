import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CounterRun } from '../../../shared/windows/counter-run.js';
import { Counters, type LastPoint } from '../../../shared/windows/counters.js';

const NONE = Number.NaN;

describe('CounterRun', () => {
  it('keeps the last point of each cell when it is shortened, and knows where points are left out', () => {
    const run = new CounterRun();
    for (const at of [1, 5, 11, 12, 13, 21, 22]) run.insert(at, at, NONE);
    run.shorten(3, 10);
    const left = Array.from({ length: run.length }, (_, i) => run.at(i));
    assert.deepEqual(left, [5, 13, 22]);
    assert.equal(run.insert(12, 1, NONE), -1);
    assert.equal(run.insert(30, 1, NONE), 3);
    // No cell has two points.
    for (const at of [40, 50, 60]) run.insert(at, 1, NONE);
    run.shorten(3, 10);
    assert.deepEqual([run.length, run.at(0), run.at(1), run.at(2)], [3, 5, 50, 60]);
    assert.equal(run.insert(45, 1, NONE), -1);
  });

  it('leaves out what is before a time but the last', () => {
    const run = new CounterRun();
    for (let at = 0; at < 100; at++) run.insert(at, at, NONE);
    assert.ok(run.leaveOut(50));
    assert.deepEqual([run.length, run.at(0), run.at(1)], [51, 49, 50]);
    assert.equal(run.leaveOut(49), false);
  });
});

describe('Counters', () => {
  it('keep a bounded number of points, whose increases add up all the same', () => {
    const saved: (LastPoint | null)[] = [];
    const skipped: string[] = [];
    const counters = new Counters({
      ...{ idleMs: 1_000, cellMs: 1_000, max: 10, maxOfTenant: 10, tenantOf: () => 't' },
      lastChanged: (_, last) => saved.push(last),
      lateChanged: () => undefined,
      skipped: (_, reason) => skipped.push(reason),
    });
    let total = 0;
    const count = (at: number, value: number) =>
      counters.count(0, 0, at, value, NONE, (_, __, increase) => {
        total += increase;
      });
    for (let at = 0; at < 5_000; at++) count(at, at);
    assert.equal(total, 4_999);
    assert.ok(counters.bytes < 50_000, `${counters.bytes} bytes`);
    count(10, 3);
    assert.deepEqual([total, skipped], [4_999, ['order']]);
    counters.closed(4_999);
    assert.deepEqual(saved, [{ at: 4_998, value: 4_998 }]);
    counters.closed(7_000);
    assert.deepEqual(saved.at(-1), null);
    let series = 0;
    counters.eachSeries(() => {
      series += 1;
    });
    assert.equal(series, 0);
  });
});
