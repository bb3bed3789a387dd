import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  marksAt,
  placeOf,
  readingsAt,
  steppedFrom,
  valueAt,
} from '../../../../services/dashboard/charts/readings.js';
import type { ChartMark, ChartPoint } from '../../../../services/dashboard/charts/series.js';

const points: ChartPoint[] = [
  [0, 1],
  [10, null],
  [20, 3],
];

describe('valueAt', () => {
  it('has the value nearest in time, none in a gap, and none from afar', () => {
    assert.equal(valueAt(points, 4, 5), 1);
    assert.equal(valueAt(points, 9, 5), null);
    assert.equal(valueAt(points, 24, 5), 3);
    assert.equal(valueAt(points, 26, 5), null);
    assert.equal(valueAt([], 0, 5), null);
  });

  it('is that of a search through all points', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1_000 })), fc.integer(), (times, time) => {
        const list = times.sort((a, b) => a - b).map((at): ChartPoint => [at, at]);
        const place = list.findIndex(([at]) => at >= time);
        assert.equal(placeOf(list, time), place < 0 ? list.length : place);
      }),
    );
  });
});

describe('readingsAt', () => {
  const series = [
    { name: 'low', points, previous: [[0, 0.5]] as ChartPoint[] },
    { name: 'high', points: [[0, 9]] as ChartPoint[] },
    { name: 'hidden', points: [[0, 2]] as ChartPoint[] },
  ];

  it('has those that are shown, the nearest to the cursor first', () => {
    const at = { time: 1, within: 5 };
    const names = (height: number | null) =>
      readingsAt(series, ['low', 'high'], { ...at, height }).map(({ name }) => name);
    assert.deepEqual(names(2), ['low', 'high']);
    assert.deepEqual(names(8), ['high', 'low']);
    assert.deepEqual(names(null), ['high', 'low']);
    assert.equal(readingsAt(series, null, { ...at, height: 0 })[0]?.previous, 0.5);
  });
});

describe('steppedFrom', () => {
  it('moves from the nearest time, and stays within the times', () => {
    assert.equal(steppedFrom([0, 10, 20], 9, 1), 20);
    assert.equal(steppedFrom([0, 10, 20], 9, -1), 0);
    assert.equal(steppedFrom([0, 10, 20], 9, Number.POSITIVE_INFINITY), 20);
    assert.equal(steppedFrom([0, 10, 20], 9, Number.NEGATIVE_INFINITY), 0);
    assert.equal(steppedFrom([], 9, 1), null);
  });
});

describe('marksAt', () => {
  it('has what happened then or near it', () => {
    const mark = { id: 'a', kind: 'anomaly', text: '', severity: 'info', start: 100, end: 110 } as ChartMark;
    assert.deepEqual(marksAt([mark], 105, 0), [mark]);
    assert.deepEqual(marksAt([mark], 95, 5), [mark]);
    assert.deepEqual(marksAt([mark], 116, 5), []);
  });
});
