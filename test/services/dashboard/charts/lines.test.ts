import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasValues, keyOf, linesOf } from '../../../../services/dashboard/charts/lines.js';
import type { ChartSeries } from '../../../../services/dashboard/charts/series.js';

const one: ChartSeries = {
  name: 'a',
  points: [
    [0, 1],
    [10, null],
  ],
  previous: [[0, 2]],
  band: [{ time: 10, expected: 3, lower: 2, upper: 4 }],
};
const other: ChartSeries = { name: 'b', points: [[20, 5]] };

describe('linesOf', () => {
  it('has each line of those that are shown, with the colour that they always have', () => {
    const drawn = linesOf([one, other], null);
    assert.equal(keyOf(drawn), '0upper 0lower 0expected 0previous 0value 1value');
    assert.deepEqual(drawn.points[0], [[10, 4]]);
    assert.deepEqual(drawn.points.at(-1), other.points);
    assert.equal(keyOf(linesOf([one, other], ['b'])), '1value');
  });

  it('draws at most five bands', () => {
    const many = Array.from({ length: 8 }, (_, i) => ({ ...one, name: `${i}` }));
    assert.equal(linesOf(many, null).lines.filter(({ is }) => is === 'upper').length, 5);
  });

  it('is empty without a value', () => {
    assert.equal(hasValues(linesOf([], null)), false);
    assert.equal(hasValues(linesOf([{ name: 'a', points: [[1, null]] }], null)), false);
    assert.equal(hasValues(linesOf([other], null)), true);
    assert.equal(hasValues(linesOf([other], [])), false);
  });
});
