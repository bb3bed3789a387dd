import { type GridItemHTMLElement, GridStack } from 'gridstack';
import 'gridstack/dist/gridstack.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Tile } from './model/board.js';
import { COLUMNS, type Place } from './model/component.js';
import { inOrder } from './model/layout.js';
import { GAP, ROW } from './tile.js';
import { makeDragsWhole } from './whole-drags.js';

interface EditGridProps {
  readonly tiles: readonly Tile[];
  readonly onPlaces: (places: ReadonlyMap<string, Place>) => void;
  readonly children: (tile: Tile) => ComponentChildren;
}

/** Tiles that are dragged by their heads and sized by their edges. Where they are is up to `tiles`: gridstack says what it would like. */
export default function EditGrid({ tiles, onPlaces, children }: EditGridProps) {
  const element = useRef<HTMLDivElement>(null);
  const grid = useRef<GridStack | null>(null);
  const isFollowing = useRef(false);
  const newest = useRef(onPlaces);
  newest.current = onPlaces;

  useLayoutEffect(() => {
    const own = GridStack.init(
      {
        ...{ column: COLUMNS, cellHeight: ROW + GAP, margin: GAP / 2, mode: 'float', auto: false },
        draggable: { handle: '.tile-head', cancel: 'button, a, .menu' },
        resizable: { handles: 'e,se,s' },
        alwaysShowResizeHandle: true,
      },
      element.current as HTMLDivElement,
    ) as GridStack;
    own.on('change', () => {
      if (isFollowing.current) return;
      newest.current(
        new Map(
          own.engine.nodes.map(({ id = '', x = 0, y = 0, w = 1, h = 1 }) => [String(id), { x, y, w, h }]),
        ),
      );
    });
    grid.current = own;
    const ends = makeDragsWhole(own.el);
    return () => {
      ends();
      own.destroy(false);
      grid.current = null;
    };
  }, []);

  useLayoutEffect(() => {
    const own = grid.current;
    if (own === null) return;
    isFollowing.current = true;
    own.batchUpdate();
    for (const node of [...own.engine.nodes])
      if (node.el !== undefined && !node.el.isConnected) own.removeWidget(node.el, false, false);
    for (const { id, x, y, w, h } of inOrder(tiles)) {
      const item = itemOf(element.current, id);
      if (item === null) continue;
      if (item.gridstackNode === undefined) own.makeWidget(item, { id, x, y, w, h });
      else own.update(item, { x, y, w, h });
    }
    own.batchUpdate(false);
    isFollowing.current = false;
  });

  useEffect(() => {
    // Sizes at first are those of no grid.
    grid.current?.onResize();
  }, []);

  return (
    <div ref={element} class="grid-stack">
      {tiles.map((tile) => (
        <div key={tile.id} class="grid-stack-item" data-tile={tile.id}>
          <div class="grid-stack-item-content">{children(tile)}</div>
        </div>
      ))}
    </div>
  );
}

function itemOf(grid: HTMLElement | null, id: string): GridItemHTMLElement | null {
  const items = [...(grid?.children ?? [])] as GridItemHTMLElement[];
  return items.find((item) => item.dataset.tile === id) ?? null;
}
