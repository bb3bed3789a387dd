import type { ComponentChildren } from 'preact';
import type { Tile } from './model/board.js';
import { inOrder } from './model/layout.js';

interface GridProps {
  readonly tiles: readonly Tile[];
  readonly children: (tile: Tile) => ComponentChildren;
}

/** Tiles at their places; below each other where there is no room. */
export function ViewGrid({ tiles, children }: GridProps) {
  return (
    <div class="board">
      {inOrder(tiles).map((tile) => (
        <div
          key={tile.id}
          class="board-item"
          style={{
            gridColumn: `${tile.x + 1} / span ${tile.w}`,
            gridRow: `${tile.y + 1} / span ${tile.h}`,
            '--rows': tile.h,
          }}
        >
          {children(tile)}
        </div>
      ))}
    </div>
  );
}
