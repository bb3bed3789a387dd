import { COLUMNS, type Place } from './component.js';

/*
 * Places on the grid. Nothing overlaps: what is in the way of something that is moved gives way downwards.
 */

interface Placed extends Place {
  readonly id: string;
}

export type Size = Pick<Place, 'w' | 'h'>;

/** What one can make by hand. */
const MOST_HEIGHT = 24;

export function overlaps(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** From the top, from the left. */
export function firstFree(tiles: readonly Place[], { w, h }: Size): Place {
  for (let y = 0; ; y += 1)
    for (let x = 0; x + w <= COLUMNS; x += 1) {
      const place = { x, y, w, h };
      if (!tiles.some((tile) => overlaps(tile, place))) return place;
    }
}

/** In the order in which they are read, and stand below each other on a phone. */
export function inOrder<T extends Place>(tiles: readonly T[]): T[] {
  return [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);
}

/** A tile at another place, which is brought into the grid. */
export function placed<T extends Placed>(tiles: readonly T[], id: string, wanted: Place): T[] {
  const w = within(wanted.w, 1, COLUMNS);
  const h = within(wanted.h, 1, MOST_HEIGHT);
  const place = { w, h, x: within(wanted.x, 0, COLUMNS - w), y: Math.max(0, wanted.y) };
  return settled(
    tiles.map((tile) => (tile.id === id ? { ...tile, ...place } : tile)),
    id,
  );
}

/** Without overlaps. @param first keeps its place */
export function settled<T extends Placed>(tiles: readonly T[], first: string | null = null): T[] {
  const fixed: T[] = [];
  const queue = inOrder(tiles).sort((a, b) => Number(b.id === first) - Number(a.id === first));
  for (const tile of queue) {
    let at = tile;
    for (;;) {
      const inTheWay = fixed.filter((one) => overlaps(one, at));
      if (inTheWay.length === 0) break;
      at = { ...at, y: Math.min(...inTheWay.map(({ y, h }) => y + h)) };
    }
    fixed.push(at);
  }
  const byId = new Map(fixed.map((tile) => [tile.id, tile]));
  return tiles.map(({ id }) => byId.get(id) as T);
}

/** What a key does to a place in the mode that moves; null where it does nothing. */
export function byKey(key: string, resizes: boolean, { x, y, w, h }: Place): Place | null {
  const step = STEPS.get(key);
  if (step === undefined) return null;
  const [right, down] = step;
  return resizes
    ? { x, y, w: Math.min(w + right, COLUMNS - x), h: h + down }
    : { x: x + right, y: y + down, w, h };
}

const STEPS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ArrowLeft', [-1, 0]],
  ['ArrowRight', [1, 0]],
  ['ArrowUp', [0, -1]],
  ['ArrowDown', [0, 1]],
]);

const within = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));
