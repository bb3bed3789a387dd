import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../../../schemas/types.js';
import { alerts, metricPoints } from '../../../../services/sink/timescale/tables.js';
import { onePerKey, writeRows } from '../../../../services/sink/timescale/write-rows.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { alert, point } from '../samples.js';

const indexed = <T>(values: readonly T[]) => values.map((value, index) => ({ index, value }));

describe('rows', () => {
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

describe('a row that the database refuses', () => {
  it('is refused with the column that has NUL, not one that says how it is written', async () => {
    const refused = Object.assign(new Error('invalid byte sequence'), { code: '22021', severity: 'ERROR' });
    const pool = { query: async () => Promise.reject(refused) } as unknown as Pool;
    const row = point({ tags: { path: 'C:\\u0000' }, unit: 'a\0b' });
    const { refusals } = await writeRows(pool, metricPoints, indexed([row]), 10);
    assert.match(refusals[0]?.message ?? '', /^metric_points\.unit: /);
    const inTags = await writeRows(pool, metricPoints, indexed([point({ tags: { a: '\\\0' } })]), 10);
    assert.match(inTags.refusals[0]?.message ?? '', /^metric_points\.tags: /);
  });
});
