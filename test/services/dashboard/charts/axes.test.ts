import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { axisWidth, extentOf, heightsOf, tickTexts } from '../../../../services/dashboard/charts/axes.js';

const at = (text: string) => Date.parse(text) / 1_000;

describe('axes', () => {
  it('have seconds, minutes or days, and the day at midnight', () => {
    assert.deepEqual(tickTexts([at('2026-11-27T10:00:05Z')], 5, 'UTC'), ['10:00:05']);
    assert.deepEqual(tickTexts([at('2026-11-26T23:00:00Z'), at('2026-11-27T00:00:00Z')], 3_600, 'UTC'), [
      '23:00',
      '27 Nov',
    ]);
    assert.deepEqual(tickTexts([at('2026-11-27T00:00:00Z')], 86_400, 'Asia/Tokyo'), ['27 Nov']);
  });

  it('are as wide as their figures', () => {
    assert.equal(axisWidth(null), 40);
    assert.ok(axisWidth(['1,234,567 ms']) > axisWidth(['1']));
  });
});

describe('heights', () => {
  it('are those of all values, and of single ones', () => {
    assert.deepEqual(heightsOf([2, 5], null, [9]), [2, 9]);
    assert.equal(heightsOf(null, null, []), null);
    assert.deepEqual(extentOf([[1, null, undefined], [7]]), [1, 7]);
    assert.equal(extentOf([[null]]), null);
  });

  it('have as much of a band as leaves the values their course', () => {
    assert.deepEqual(heightsOf([10, 20], [5, 25], []), [5, 25]);
    assert.deepEqual(heightsOf([10, 20], [-500, 500], []), [0, 30]);
    assert.deepEqual(heightsOf([-10, 20], [-500, 500], []), [-40, 50]);
    assert.deepEqual(heightsOf([10, 20], [12, 15], []), [10, 20]);
    assert.deepEqual(heightsOf([10, 10], [5, 25], []), [5, 25]);
    assert.deepEqual(heightsOf(null, [5, 25], []), [5, 25]);
  });
});
