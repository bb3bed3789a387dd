import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columns, median, sum } from './figures.js';

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

  it('have a sum only when all are known', () => {
    assert.deepEqual([sum([]), sum([1, 2]), sum([1, null])], [0, 3, null]);
  });

  it('stand under each other', () => {
    assert.deepEqual(columns(['name', 'n'], [['a', '1,000']]), ['name      n', 'a     1,000']);
  });
});
