import { type Board, newId, type Tile } from './board.js';
import { type Component, type Kind, MOST_COMPONENTS } from './component.js';
import { firstFree, placed, type Size, settled } from './layout.js';

/*
 * Changes of a dashboard. Each gives another one and leaves the given one as it is.
 */

const SIZES: Readonly<Record<Kind, Size>> = {
  chart: { w: 6, h: 3 },
  kpi: { w: 3, h: 2 },
  heatmap: { w: 6, h: 3 },
  table: { w: 6, h: 4 },
  alerts: { w: 4, h: 4 },
  text: { w: 4, h: 2 },
};

/** Whether there is room for one more. */
export const hasRoom = ({ tiles }: Board): boolean => tiles.length < MOST_COMPONENTS;

/** A component that is added, without id and place. */
export type NewComponent = Omit<Component, 'id' | 'x' | 'y' | 'w' | 'h'>;

/** With one more, at the first free place. */
export function added(board: Board, component: NewComponent, size: Size = SIZES[component.kind]): Board {
  const tile = { ...component, id: newId(board.tiles), ...firstFree(board.tiles, size) };
  return { ...board, tiles: [...board.tiles, tile] };
}

/** With a component as it is given, in the place of that of its id; others give way. */
export function replaced(board: Board, component: Component): Board {
  const tiles = board.tiles.map((tile) => (tile.id === component.id ? component : tile));
  return { ...board, tiles: placed<Tile>(tiles, component.id, component) };
}

export function duplicated(board: Board, id: string): Board {
  const tile = board.tiles.find((one) => one.id === id);
  if (tile === undefined || tile.kind === 'unreadable') return board;
  return added(board, tile, tile);
}

export function removed(board: Board, id: string): Board {
  return { ...board, tiles: board.tiles.filter((tile) => tile.id !== id) };
}

export function moved(board: Board, id: string, place: Parameters<typeof placed>[2]): Board {
  return { ...board, tiles: placed(board.tiles, id, place) };
}

/** With places by id, as a drag leaves them. */
export function arranged(board: Board, places: ReadonlyMap<string, Size & { x: number; y: number }>): Board {
  const tiles = board.tiles.map((tile) => ({ ...tile, ...places.get(tile.id) }));
  return { ...board, tiles: settled(tiles) };
}

/** What somebody has changed, in words. */
export function differences(before: Board, after: Board): string[] {
  const said: string[] = [];
  if (before.title !== after.title) said.push(`The title is “${after.title}”, it was “${before.title}”`);
  for (const tile of after.tiles) {
    const was = before.tiles.find(({ id }) => id === tile.id);
    if (was === undefined) said.push(`Added: ${nameOf(tile)}`);
    else {
      const changed = changedFields(was, tile);
      if (changed.some((field) => PLACE.includes(field))) said.push(`Moved or resized: ${nameOf(tile)}`);
      const others = changed.filter((field) => !PLACE.includes(field));
      if (others.length > 0) said.push(`Changed: ${nameOf(tile)} (${others.join(', ')})`);
    }
  }
  for (const tile of before.tiles)
    if (after.tiles.every(({ id }) => id !== tile.id)) said.push(`Removed: ${nameOf(tile)}`);
  if (JSON.stringify(before.rest) !== JSON.stringify(after.rest)) said.push('Changed: other fields');
  return said;
}

const PLACE: readonly string[] = ['x', 'y', 'w', 'h'];

export const nameOf = ({ title, kind, id }: Tile): string => (title === '' ? `${kind} ${id}` : title);

function changedFields(a: Tile, b: Tile): string[] {
  const of = (tile: Tile) => new Map<string, unknown>(Object.entries(tile));
  const [x, y] = [of(a), of(b)];
  return [...new Set([...x.keys(), ...y.keys()])].filter(
    (field) => JSON.stringify(x.get(field)) !== JSON.stringify(y.get(field)),
  );
}
