import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  groupsOf,
  isolated,
  tagNamesOf,
  toggled,
} from '../../../../services/dashboard/charts/legend-names.js';

const series = [
  { name: 'a eu', points: [], tags: { plan: 'a', region: 'eu', unit: 's' } },
  { name: 'b eu', points: [], tags: { plan: 'b', region: 'eu', unit: 's' } },
  { name: 'b us', points: [], tags: { plan: 'b', region: 'us', unit: 's' } },
];

describe('the legend of a chart', () => {
  it('shows one alone, and all again', () => {
    assert.deepEqual(isolated(null, ['a']), ['a']);
    assert.deepEqual(isolated(['a', 'b'], ['a']), ['a']);
    assert.equal(isolated(['a'], ['a']), null);
  });

  it('hides and shows one among the others', () => {
    const all = ['a', 'b', 'c'];
    assert.deepEqual(toggled(null, 'b', all), ['a', 'c']);
    assert.equal(toggled(['a', 'c'], 'b', all), null);
    assert.deepEqual(toggled(['a'], 'a', all), []);
  });

  it('groups by tags that differ, and finds names', () => {
    assert.deepEqual(tagNamesOf(series), ['plan', 'region']);
    assert.deepEqual(groupsOf(series, 'plan', ''), [
      { value: 'a', members: [0] },
      { value: 'b', members: [1, 2] },
    ]);
    assert.deepEqual(groupsOf(series, null, ' EU '), [{ value: null, members: [0, 1] }]);
  });
});
