import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Board, boardOf } from '../../../../../../services/dashboard/pages/dashboards/model/board.js';
import {
  added,
  arranged,
  differences,
  duplicated,
  hasRoom,
  moved,
  removed,
  replaced,
} from '../../../../../../services/dashboard/pages/dashboards/model/edits.js';
import { overlaps } from '../../../../../../services/dashboard/pages/dashboards/model/layout.js';
import { anyComponent } from './arbitrary.js';

const CHART = { kind: 'chart', title: 'Plays', metric: 'plays', id: 'a', x: 0, y: 0, w: 6, h: 3 } as const;
const board = boardOf('Music', {
  components: [CHART, { ...CHART, id: 'b', title: 'Skips', x: 6 }],
  theme: 'calm',
});
const step = fc.oneof(
  anyComponent.map((one) => (before: Board) => (hasRoom(before) ? added(before, one) : before)),
  fc.nat(5).map((i) => (before: Board) => duplicated(before, before.tiles[i]?.id ?? 'none')),
  fc.nat(5).map((i) => (before: Board) => removed(before, before.tiles[i]?.id ?? 'none')),
  fc.tuple(fc.nat(5), anyComponent).map(
    ([i, to]) =>
      (before: Board) =>
        moved(before, before.tiles[i]?.id ?? 'none', to),
  ),
);

describe('changes of a dashboard', () => {
  it('leave ids distinct and nothing that overlaps, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { tiles, title, rest } = steps.reduce<Board>((before, one) => one(before), board);
        assert.equal(new Set(tiles.map(({ id }) => id)).size, tiles.length);
        for (const a of tiles) for (const b of tiles) assert.ok(a === b || !overlaps(a, b));
        assert.deepEqual({ title, rest }, { title: 'Music', rest: { theme: 'calm' } });
      }),
    );
  });

  it('are said in words', () => {
    const changed = replaced(board, { ...CHART, aggregation: 'sum', title: 'All plays' });
    const other = removed(
      moved(added(changed, { kind: 'text', title: 'Hint', text: '' }), 'a', { ...CHART, y: 4 }),
      'b',
    );
    assert.deepEqual(differences(board, { ...other, title: 'Songs', rest: {} }), [
      'The title is “Songs”, it was “Music”',
      'Moved or resized: All plays',
      'Changed: All plays (title, aggregation)',
      'Added: Hint',
      'Removed: Skips',
      'Changed: other fields',
    ]);
    assert.deepEqual(differences(board, board), []);
  });

  it('by a drag leave every tile where it was dropped, and what it has', () => {
    const after = arranged(board, new Map([['b', { x: 0, y: 3, w: 12, h: 2 }]]));
    assert.deepEqual(after.tiles, [CHART, { ...CHART, id: 'b', title: 'Skips', x: 0, y: 3, w: 12, h: 2 }]);
  });

  it('leave what cannot be shown as it is', () => {
    const odd = boardOf('a', { components: [{ kind: 'gauge' }] });
    assert.equal(duplicated(odd, odd.tiles[0]?.id ?? ''), odd);
  });
});
