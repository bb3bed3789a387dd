import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeptDifferences } from '../../../../services/batch/reconcile/kept-differences.js';
import type { Difference } from '../../../../services/batch/reconcile/slot-comparison.js';
import type { Cause } from '../../../../shared/windows/tally.js';

function difference(tenantId: string, n: number, cause: Cause): Difference {
  const finding = { cause, detail: '', stored: 1, counted: 0, late: 0 };
  const figures = { stream: null, all: null, inTime: null, lateAt: null, sketch: null };
  return { ...{ tenantId, metric: `m${n}`, tags: {}, start: 0, window: '10s', cause, finding, figures } };
}

const many = (count: number, tenantId: (n: number) => string, cause: Cause) =>
  Array.from({ length: count }, (_, n) => difference(tenantId(n), n, cause));

describe('the differences that are kept of a slot', () => {
  it('are those first that late points do not explain, whenever they come', () => {
    const kept = new KeptDifferences();
    kept.add(many(200, () => 'a', 'late'));
    kept.add(many(10, () => 'a', 'missing'));
    const causes = kept.all().map(({ cause }) => cause);
    assert.equal(causes.length, 50);
    assert.deepEqual(causes.slice(0, 11), [...Array.from({ length: 10 }, () => 'missing'), 'late']);
  });

  it('are some of each tenant, and not more than a thousand', () => {
    const kept = new KeptDifferences();
    kept.add(many(5_000, (n) => (n < 4_000 ? 'noisy' : `t${n}`), 'wrong'));
    const all = kept.all();
    assert.equal(all.length, 1_000);
    assert.equal(all.filter(({ tenantId }) => tenantId === 'noisy').length, 50);
  });
});
