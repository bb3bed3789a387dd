import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  offeredValues,
  tagNamesOf,
  tagValuesOf,
} from '../../../../../services/dashboard/pages/explore/tag-values.js';

const series = [{ plan: 'a', region: 'eu' }, { plan: 'b', region: 'eu' }, { region: 'us' }].map((tags) => ({
  ...{ tags, lastSeen: '' },
}));

describe('tags that are offered', () => {
  it('are those of the series, with how many have them', () => {
    const values = tagValuesOf(series);
    assert.deepEqual(
      values.map(({ name, value, series: of }) => `${name}=${value} ${of}`),
      ['plan=a 1', 'plan=b 1', 'region=eu 2', 'region=us 1'],
    );
    assert.deepEqual(tagNamesOf(values), ['plan', 'region']);
    assert.deepEqual(
      offeredValues(values, [['region', 'eu']], 'REGION').map(({ value }) => value),
      ['us'],
    );
  });
});
