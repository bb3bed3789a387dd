import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstThreshold, newRule } from '../../../../../services/dashboard/pages/explore/rule-link.js';
import { unitOf } from '../../../../../services/dashboard/pages/explore/unit.js';

const series = [
  {
    name: 'a',
    points: [
      [0, 1],
      [1, 2],
      [2, null],
      [3, 30],
    ] as const,
  },
];

describe('a rule from a chart', () => {
  it('is about the side of the line where the figures mostly are not', () => {
    const of = { metric: 'plays', aggregation: 'avg' } as const;
    assert.deepEqual(newRule(of, 10, series), { metric: 'plays', expr: 'mean > 10.0' });
    assert.deepEqual(newRule(of, 1.5, series), { metric: 'plays', expr: 'mean < 1.5' });
    assert.deepEqual(newRule({ ...of, aggregation: 'p95' }, 10, series).expr, 'quantiles["0.95"] > 10.0');
  });

  it('begins above nearly all', () => {
    assert.equal(firstThreshold(series), 30);
    assert.equal(firstThreshold([]), 0);
  });
});

describe('unitOf', () => {
  it('is what the name says', () => {
    assert.equal(unitOf('stream.latency_ms', 'avg'), 'ms');
    assert.equal(unitOf('disk.used_bytes', 'rate'), 'B/s');
    assert.equal(unitOf('plays', 'rate'), '/s');
    assert.equal(unitOf('stream.latency_ms', 'count'), undefined);
    assert.equal(unitOf('plays', 'avg'), undefined);
  });
});
