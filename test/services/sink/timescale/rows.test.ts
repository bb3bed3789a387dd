import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../../schemas/types.js';
import { tagsKey, toJson } from '../../../../services/sink/timescale/rows.js';
import { alerts, metricPoints } from '../../../../services/sink/timescale/tables.js';
import { onePerKey } from '../../../../services/sink/timescale/write.js';
import { alert, point } from '../samples.js';

const indexed = <T>(values: readonly T[]) => values.map((value, index) => ({ index, value }));

describe('rows', () => {
  it('have the same tags key for the same tags, and another for others', () => {
    const tags = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), { maxKeys: 5 });
    fc.assert(
      fc.property(tags, tags, (a, b) => {
        const backwards = Object.fromEntries(Object.entries(a).reverse());
        assert.equal(tagsKey(backwards), tagsKey(a));
        const same =
          toJson(Object.fromEntries(Object.entries(a).sort())) ===
          toJson(Object.fromEntries(Object.entries(b).sort()));
        assert.equal(tagsKey(a) === tagsKey(b), same);
      }),
    );
  });

  it('say of a number that JSON does not have what it was', () => {
    assert.equal(
      toJson({ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: null }),
      '{"a":"NaN","b":"-Infinity","c":null}',
    );
  });

  it('are one per key in a statement, the first of a point', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { maxLength: 40 }), (ids) => {
        const points = ids.map(([id, timestamp], i) => point({ id: `${id}`, timestamp, value: i }));
        const kept = onePerKey(metricPoints, indexed(points));
        assert.equal(new Set(kept.map(metricPoints.key)).size, kept.length);
        for (const first of kept)
          assert.equal(
            points.find((p) => metricPoints.key(p) === metricPoints.key(first)),
            first,
          );
        assert.equal(kept.length, new Set(points.map(metricPoints.key)).size);
      }),
    );
  });

  it('of an alert end in the same state however they are cut into statements', () => {
    const states = fc.constantFrom<Alert['state']>('pending', 'firing', 'resolved');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(states, fc.nat(3)), { minLength: 1, maxLength: 12 }),
        fc.nat(12),
        (changes, cut) => {
          const all = changes.map(([state, updatedAt]) => alert({ state, updatedAt }));
          const [whole] = onePerKey(alerts, indexed(all));
          const parts = [all.slice(0, cut), all.slice(cut)].flatMap((part) =>
            onePerKey(alerts, indexed(part)),
          );
          const [again] = onePerKey(alerts, indexed(parts));
          assert.deepEqual(again, whole);
        },
      ),
    );
  });
});
