import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveItem } from '../../../../services/api/live/items.js';
import { PendingItems } from '../../../../services/api/live/pending-items.js';

test('items wait once, in the order in which they came, be they few or many', () => {
  const items: LiveItem[] = Array.from({ length: 100 }, (_, i) => ({
    type: 'metric_update',
    text: () => String(i),
  }));
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), i: fc.nat(99) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), i: fc.nat(99) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('shift' as const), i: fc.nat(60) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const pending = new PendingItems();
      const model = new Set<LiveItem>();
      for (const { do: what, i } of steps) {
        const item = items[i] as LiveItem;
        if (what === 'add') {
          assert.equal(pending.add(item), !model.has(item));
          model.add(item);
        } else if (what === 'delete') {
          pending.delete(item);
          model.delete(item);
        } else
          for (let left = i; left >= 0; left--) {
            const [first] = model;
            assert.equal(pending.shift(), first);
            if (first !== undefined) model.delete(first);
          }
        assert.equal(pending.size, model.size);
      }
    }),
  );
});
