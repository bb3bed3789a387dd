import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  foundMetrics,
  recentOf,
  searchOf,
  withRecent,
} from '../../../../../services/dashboard/pages/explore/found.js';

const metrics = ['disk.system', 'system.cpu.usage', 'system.disk.used'].map((metric) => ({
  ...{ metric, series: 1, lastSeen: '' },
}));
const names = (text: string) => foundMetrics(metrics, text).map(({ metric }) => metric);

describe('finding metrics', () => {
  it('takes words in any order and case, the begin of names first', () => {
    assert.deepEqual(names('DISK sys'), ['disk.system', 'system.disk.used']);
    assert.deepEqual(names('sys'), ['system.cpu.usage', 'system.disk.used', 'disk.system']);
    assert.deepEqual(names('system.cpu'), ['system.cpu.usage']);
    assert.deepEqual(names('none'), []);
    assert.equal(names('').length, 3);
  });

  it('tells tags from words of names', () => {
    assert.deepEqual(searchOf(' cpu host=a  half= region=eu=1 usage'), {
      words: 'cpu usage',
      tags: ['host=a', 'region=eu=1'],
    });
  });

  it('keeps the eight that were looked at last', () => {
    assert.deepEqual(withRecent(['a', 'b'], 'b'), ['b', 'a']);
    assert.equal(withRecent([...'abcdefgh'], 'z').length, 8);
    assert.deepEqual(recentOf('["a", 3, "b"]'), ['a', 'b']);
    assert.deepEqual(recentOf('{'), []);
    assert.deepEqual(recentOf(null), []);
  });
});
