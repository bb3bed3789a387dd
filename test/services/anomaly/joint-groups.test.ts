import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JointGroups } from '../../../services/anomaly/joint-groups.js';
import { seriesKey } from '../../../shared/wire/series.js';
import { windowOf } from '../alerting/helpers.js';

test('one tenant has four fifths of the groups at most', () => {
  const groups = new JointGroups(5);
  const take = (tenantId: string, host: string) => {
    const key = seriesKey(tenantId, '', { host }, null);
    groups.take(key, windowOf(0, 1), 1);
    return groups.get(key) !== undefined;
  };
  const taken = ['a', 'b', 'c', 'd', 'e'].map((host) => take('flood', host));
  assert.deepEqual(taken, [true, true, true, true, false]);
  assert.deepEqual([take('other', 'a'), take('other', 'b'), take('flood', 'a')], [true, false, true]);
});
