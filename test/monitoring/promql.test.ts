import assert from 'node:assert/strict';
import { it } from 'node:test';
import { selectorsOf } from '../support/promql.js';

it('the selectors of an expression are found', () => {
  const expression =
    'sum by (a, b) (rate(m_total{x="n", z!~"5.."}[5m])) / on (a) group_left min_over_time(up[10m:30s]) > 0.01 and vector(1)';
  assert.deepEqual(selectorsOf(expression), ['m_total{x="n", z!~"5.."}', 'up']);
  assert.deepEqual(selectorsOf('time() - max by (w) (t_seconds) > 60 or b unless c'), [
    't_seconds',
    'b',
    'c',
  ]);
});
