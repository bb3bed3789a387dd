import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IDLE_TIMEOUT_MS } from '../definitions.js';
import { Arrivals } from './arrivals.js';

const NOW = 1_700_000_000_000;

/** Time of the partition before each of the records `[timestamp, appendedAt]`, relative to `NOW`. */
function before(
  records: readonly (readonly [timestamp: number, appendedAt: number])[],
): (number | undefined)[] {
  const arrivals = new Arrivals();
  records.forEach(([timestamp, at], number) => {
    arrivals.observe(number, 0, NOW + timestamp, NOW + at);
  });
  return records.map((_, number) => {
    const time = arrivals.of(number)?.before ?? Number.NaN;
    return Number.isFinite(time) ? time - NOW : undefined;
  });
}

describe('arrivals', () => {
  it('take the highest timestamp so far for the time of a partition, and know none before its first record', () => {
    assert.deepEqual(
      before([
        [-500, 0],
        [-700, 10],
        [-100, 20],
        [-900, 30],
      ]),
      [undefined, -500, -500, -100],
    );
  });

  it('let a clock that is ahead move time no further than when the broker took the record in', () => {
    assert.deepEqual(
      before([
        [60_000, 0],
        [0, 100],
        [0, 200],
      ]),
      [undefined, 0, 100],
    );
  });

  it('let time follow the wall clock up to the next record after a silence as long as the idle time-out', () => {
    const [, after, next] = before([
      [0, 0],
      [-2_000, IDLE_TIMEOUT_MS],
      [0, IDLE_TIMEOUT_MS + 1],
    ]);
    assert.ok(after !== undefined && after >= IDLE_TIMEOUT_MS && after < IDLE_TIMEOUT_MS + 500, `${after}`);
    assert.equal(next, after);
    assert.deepEqual(
      before([
        [0, 0],
        [0, IDLE_TIMEOUT_MS - 500],
        [0, IDLE_TIMEOUT_MS],
      ]).slice(1),
      [0, 0],
    );
  });

  it('keep the time of each partition apart', () => {
    const arrivals = new Arrivals();
    arrivals.observe(0, 0, NOW, NOW);
    arrivals.observe(1, 1, NOW - 9_000, NOW);
    arrivals.observe(2, 1, NOW - 9_500, NOW + 1);
    assert.deepEqual(arrivals.of(2), { partition: 1, appendedAt: NOW + 1, before: NOW - 9_000 });
  });

  it('go by the first record of a point that comes twice, and count both', () => {
    const arrivals = new Arrivals();
    for (const at of [0, 1_000, 2_000]) arrivals.observe(7, 0, NOW, NOW + at);
    assert.equal(arrivals.of(7)?.appendedAt, NOW);
    assert.deepEqual([arrivals.records, arrivals.points, [...arrivals.numbers()]], [3, 1, [7]]);
  });

  it('hold any number of points', () => {
    const arrivals = new Arrivals();
    for (const number of [0, 70_000, 300_000]) arrivals.observe(number, 3, NOW + number, NOW);
    assert.deepEqual([...arrivals.numbers()], [0, 70_000, 300_000]);
    assert.equal(arrivals.of(300_000)?.partition, 3);
    assert.deepEqual([arrivals.of(1), arrivals.of(9_999_999)], [undefined, undefined]);
  });

  it('never go back, and never beyond the append of the record but for the slack of two clocks', () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 2 * IDLE_TIMEOUT_MS }),
        shift: fc.integer({ min: -60_000, max: 60_000 }),
      }),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let at = 0;
        const records = list.map(({ wait, shift }) => {
          at += wait;
          return [at + shift, at] as const;
        });
        let last = Number.NEGATIVE_INFINITY;
        before(records).forEach((time, i) => {
          if (time === undefined) return;
          assert.ok(time >= last);
          assert.ok(time <= (records[i]?.[1] ?? 0) + 250);
          last = time;
        });
      }),
    );
  });
});
