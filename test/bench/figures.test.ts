import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columns, median, slope, sum } from './figures.js';

describe('the figures of the benches', () => {
  it('have a median with as many below it as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
        const middle = median(numbers);
        const below = numbers.filter((number) => number < middle).length;
        const above = numbers.filter((number) => number > middle).length;
        assert.ok(below <= numbers.length / 2 && above <= numbers.length / 2);
      }),
    );
    assert.deepEqual([median([]), median([3, 1, 2]), median([4, 1, 2, 3])], [0, 2, 2.5]);
  });

  it('have the slope of the line that points are on', () => {
    const small = fc.integer({ min: -1_000, max: 1_000 });
    fc.assert(
      fc.property(small, small, fc.uniqueArray(small, { minLength: 2 }), (from, by, xs) => {
        const found = slope(xs.map((x) => [x, from + by * x]));
        assert.ok(Math.abs(found - by) < 1e-6);
      }),
    );
    assert.deepEqual([slope([]), slope([[1, 2]])], [0, 0]);
  });

  it('have a sum only when all are known', () => {
    assert.deepEqual([sum([]), sum([1, 2]), sum([1, null])], [0, 3, null]);
  });

  it('stand under each other', () => {
    assert.deepEqual(columns(['name', 'n'], [['a', '1,000']]), ['name      n', 'a     1,000']);
  });
});
