import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  aligned,
  alignedIn,
  type ChartPoint,
  isolatedOf,
} from '../../../../services/dashboard/charts/series.js';

const pointLists = fc.array(
  fc
    .uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 20 })
    .chain((times) =>
      fc.tuple(
        ...times
          .sort((a, b) => a - b)
          .map((time) => fc.option(fc.integer()).map((value): ChartPoint => [time, value])),
      ),
    ),
  { maxLength: 5 },
);

describe('aligned', () => {
  it('keeps each point of each series at its time, and nothing besides', () => {
    fc.assert(
      fc.property(pointLists, (lists) => {
        const { times, rows } = aligned(lists);
        const back = rows.map((row) =>
          row.flatMap((value, i) => (value === undefined ? [] : [[times[i], value]])),
        );
        assert.deepEqual(back, lists);
        assert.deepEqual(
          [...times],
          [...new Set(lists.flat().map(([time]) => time))].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('ends with points that are in no order', () => {
    const { times, rows } = aligned([
      [
        [3, 1],
        [1, 2],
      ],
      [[2, 5]],
    ]);
    assert.deepEqual([...times], [1, 2, 3]);
    assert.deepEqual(rows[1], [undefined, 5, undefined]);
  });
});

describe('alignedIn', () => {
  const span = { start: 0, end: 300_000 };

  it('is exact for what is little, and for series with the same times', () => {
    const few = [[[1, 1]], [[2, 2]]] as ChartPoint[][];
    assert.deepEqual(alignedIn(few, span), aligned(few));
    const same = Array.from({ length: 10 }, () =>
      Array.from({ length: 1_000 }, (_, i): ChartPoint => [i, i]),
    );
    assert.equal(alignedIn(same, span).times.length, 1_000);
  });

  it('has a bounded number of times for many series with times of their own, each value within a column', () => {
    const lists = Array.from({ length: 200 }, (_, of) =>
      Array.from({ length: 300 }, (_, i): ChartPoint => [i * 1_000 + of, i % 7 === 0 ? null : i]),
    );
    const { times, rows } = alignedIn(lists, span);
    assert.equal(times.length, 601);
    for (const row of rows) {
      assert.equal(row.filter((value) => value !== undefined).length, 300);
      row.forEach((value, at) => {
        if (typeof value === 'number') assert.ok(Math.abs((times[at] as number) - value * 1_000) <= 500);
      });
    }
  });
});

describe('isolatedOf', () => {
  it('finds values between gaps, and passes over what other series have in between', () => {
    assert.deepEqual(isolatedOf([1, null, 2, undefined, null, 3, undefined, 4, null]), [0, 2]);
    assert.deepEqual(isolatedOf([undefined, 7, undefined]), [1]);
    assert.deepEqual(isolatedOf([]), []);
  });
});
