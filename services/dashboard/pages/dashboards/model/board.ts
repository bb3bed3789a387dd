import { COLUMNS, type Component, isObject, MOST_COMPONENTS, type Place, problemsOf } from './component.js';
import { firstFree } from './layout.js';

/** What is stored in a component's place and cannot be shown; it is kept as it is. */
export interface Unreadable extends Place {
  readonly id: string;
  readonly kind: 'unreadable';
  readonly title: string;
  readonly raw: unknown;
  readonly problems: readonly string[];
}

export type Tile = Component | Unreadable;

/** A dashboard as the page works with it. */
export interface Board {
  readonly title: string;
  readonly tiles: readonly Tile[];
  /** Whatever else is stored. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** In place of something without a place. */
const SIZE = { w: 4, h: 2 };
const MOST_ROWS = 1_000;

/** Reads what is stored; nothing of it is lost. */
export function boardOf(title: string, spec: Readonly<Record<string, unknown>>): Board {
  const { components, ...rest } = spec;
  const tiles: Tile[] = [];
  for (const raw of Array.isArray(components) ? components : []) {
    const id = idOf(raw, tiles);
    const problems = problemsOf(raw);
    if (problems.length === 0) tiles.push({ ...(raw as Component), id });
    else
      tiles.push({
        ...{ id, kind: 'unreadable', raw, problems, ...placeOf(raw, tiles) },
        title: isObject(raw) && typeof raw.title === 'string' ? raw.title.slice(0, 200) : '',
      });
  }
  return { title, tiles, rest };
}

/** What is stored of it. */
export function specOf({ tiles, rest }: Board): Record<string, unknown> {
  return { layout: 'grid', columns: COLUMNS, ...rest, components: tiles.map(stored) };
}

function stored(tile: Tile): unknown {
  if (tile.kind !== 'unreadable') return tile;
  const { raw, id, x, y, w, h } = tile;
  return isObject(raw) ? { ...raw, id, x, y, w, h } : raw;
}

function idOf(raw: unknown, before: readonly Tile[]): string {
  const own = isObject(raw) && typeof raw.id === 'string' && raw.id.length <= 64 ? raw.id : '';
  return own !== '' && before.every(({ id }) => id !== own) ? own : newId(before);
}

/** One that no tile has. */
export function newId(tiles: readonly { readonly id: string }[]): string {
  for (let i = tiles.length + 1; ; i += 1) if (tiles.every(({ id }) => id !== `w${i}`)) return `w${i}`;
}

function placeOf(raw: unknown, before: readonly Tile[]): Place {
  if (!isObject(raw)) return firstFree(before, SIZE);
  const of = (name: string, least: number, most: number) => {
    const value = raw[name];
    return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : null;
  };
  const [x, y] = [of('x', 0, COLUMNS - 1), of('y', 0, MOST_ROWS - 1)];
  const [w, h] = [of('w', 1, COLUMNS) ?? SIZE.w, of('h', 1, MOST_ROWS) ?? SIZE.h];
  return x === null || y === null || x + w > COLUMNS ? firstFree(before, { w, h }) : { x, y, w, h };
}

/** A dashboard in a file. */
export interface BoardFile {
  readonly title: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const MOST_BYTES = 262_144;
const MOST_SAID = 20;

/** What is in a file, or what is wrong with it, each mistake with its path. */
export function fromFile(text: string): BoardFile | { readonly mistakes: readonly string[] } {
  if (new TextEncoder().encode(text).length > 2 * MOST_BYTES)
    return { mistakes: [`must be at most ${2 * MOST_BYTES} bytes`] };
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return { mistakes: [`is no JSON: ${error instanceof Error ? error.message : error}`] };
  }
  if (!isObject(read)) return { mistakes: ['must be an object with title and spec'] };
  const { title, spec } = read;
  const mistakes: string[] = [];
  if (typeof title !== 'string' || title.trim() === '' || title.length > 200)
    mistakes.push('title: must be a text of 1 to 200 characters');
  if (!isObject(spec)) mistakes.push('spec: must be an object');
  const components = isObject(spec) ? (spec.components ?? []) : [];
  if (!Array.isArray(components)) mistakes.push('spec.components: must be a list');
  else if (components.length > MOST_COMPONENTS)
    mistakes.push(`spec.components: must be at most ${MOST_COMPONENTS}`);
  else mistakes.push(...components.flatMap((one, i) => ofComponent(one, i)));
  if (mistakes.length > MOST_SAID)
    return { mistakes: [...mistakes.slice(0, MOST_SAID), `and ${mistakes.length - MOST_SAID} more`] };
  return mistakes.length > 0 ? { mistakes } : { title: title as string, spec: spec as BoardFile['spec'] };
}

const ofComponent = (one: unknown, i: number) =>
  problemsOf(one).map((problem) => `spec.components.${i}${isObject(one) ? '.' : ': '}${problem}`);

/** The text of a file that {@link fromFile} reads. */
export function toFile({ title, spec }: BoardFile): string {
  return `${JSON.stringify({ title, spec }, null, 2)}\n`;
}
