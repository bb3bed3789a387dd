import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  byKey,
  firstFree,
  inOrder,
  overlaps,
  placed,
  settled,
} from '../../../../../../services/dashboard/pages/dashboards/model/layout.js';

const COLUMNS = 12;
const size = fc.record({ w: fc.integer({ min: 1, max: COLUMNS }), h: fc.integer({ min: 1, max: 6 }) });
const place = fc
  .tuple(size, fc.nat(11), fc.nat(20))
  .map(([{ w, h }, x, y]) => ({ x: Math.min(x, COLUMNS - w), y, w, h }));
const tiles = fc
  .array(place, { maxLength: 20 })
  .map((places) => places.map((one, i) => ({ ...one, id: `t${i}` })));

const clashes = (all: readonly { id: string; x: number; y: number; w: number; h: number }[]) =>
  all.flatMap((a) => all.filter((b) => a.id < b.id && overlaps(a, b)).map((b) => `${a.id} ${b.id}`));

describe('the layout of a dashboard', () => {
  it('has nothing that overlaps, keeps every tile and its column, and moves tiles down alone', () => {
    fc.assert(
      fc.property(tiles, (before) => {
        const after = settled(before);
        assert.deepEqual(clashes(after), []);
        assert.deepEqual(
          after.map(({ id, x, w, h }) => ({ id, x, w, h })),
          before.map(({ id, x, w, h }) => ({ id, x, w, h })),
        );
        for (const [i, { y }] of after.entries()) assert.ok(y >= (before[i]?.y as number));
        assert.deepEqual(settled(after), after, 'what is settled stays');
      }),
    );
  });

  it('gives a tile that is moved the place that was wanted, within the grid, and others give way', () => {
    const wanted = fc.record({
      ...{ x: fc.integer({ min: -5, max: 20 }), y: fc.integer({ min: -5, max: 30 }) },
      ...{ w: fc.integer({ min: -2, max: 20 }), h: fc.integer({ min: -2, max: 30 }) },
    });
    fc.assert(
      fc.property(tiles, place, wanted, (others, own, to) => {
        const after = placed([...settled(others), { ...own, id: 'own' }], 'own', to);
        assert.deepEqual(clashes(after), []);
        const { x, y, w, h } = after.at(-1) as (typeof after)[number];
        assert.ok(x >= 0 && x + w <= COLUMNS && y >= 0 && w >= 1 && h >= 1);
        if (to.x >= 0 && to.w >= 1 && to.x + to.w <= COLUMNS && to.y >= 0 && to.h >= 1 && to.h <= 24)
          assert.deepEqual({ x, y, w, h }, { ...to });
      }),
    );
  });

  it('finds the first place that is free', () => {
    fc.assert(
      fc.property(tiles, size, (before, wanted) => {
        const all = settled(before);
        const free = firstFree(all, wanted);
        assert.ok(!all.some((tile) => overlaps(tile, free)));
        assert.ok(free.x + free.w <= COLUMNS);
        for (let x = 0; x + wanted.w <= COLUMNS; x += 1)
          if (free.y > 0)
            assert.ok(
              all.some((tile) => overlaps(tile, { ...wanted, x, y: free.y - 1 })),
              'none above it',
            );
      }),
    );
    assert.deepEqual(firstFree([{ x: 0, y: 0, w: 6, h: 3 }], { w: 6, h: 1 }), { x: 6, y: 0, w: 6, h: 1 });
  });

  it('is read from the top, from the left', () => {
    const [a, b, c] = [
      { x: 6, y: 0, w: 1, h: 1 },
      { x: 0, y: 0, w: 1, h: 1 },
      { x: 0, y: 3, w: 1, h: 1 },
    ];
    assert.deepEqual(inOrder([c, a, b]), [b, a, c]);
  });

  it('changes by arrows: they move, and with Shift they size', () => {
    const at = { x: 6, y: 2, w: 6, h: 3 };
    assert.deepEqual(byKey('ArrowLeft', false, at), { ...at, x: 5 });
    assert.deepEqual(byKey('ArrowDown', false, at), { ...at, y: 3 });
    assert.deepEqual(byKey('ArrowDown', true, at), { ...at, h: 4 });
    assert.deepEqual(byKey('ArrowRight', true, at), at, 'not beyond the grid');
    assert.equal(byKey('a', false, at), null);
  });
});
