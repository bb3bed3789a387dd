import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aligned, type ChartPoint, isolatedOf } from '../../../../services/dashboard/charts/series.js';

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

describe('isolatedOf', () => {
  it('finds values between gaps, and passes over what other series have in between', () => {
    assert.deepEqual(isolatedOf([1, null, 2, undefined, null, 3, undefined, 4, null]), [0, 2]);
    assert.deepEqual(isolatedOf([undefined, 7, undefined]), [1]);
    assert.deepEqual(isolatedOf([]), []);
  });
});
