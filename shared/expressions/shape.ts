/** Characters that are read or written in one step. */
const CHARACTERS = 16;

/** How large a value can be, as far as is known without it. */
export interface Shape {
  /** Characters of a text, or entries of a list or a map. */
  readonly length: number;
  /** Of the entries, or of a map's values; null for what has none. */
  readonly of: Shape | null;
  /** Of a map's keys. */
  readonly key?: Shape;
}

/** Numbers, booleans and null. */
export const SCALAR: Shape = { length: 0, of: null };
/** Characters that a number is written with, at most. */
export const WRITTEN = 25;

/** Beyond this, sizes and steps are not distinguished. */
const MOST = 1e12;

export const text = (length: number): Shape => ({ length: bounded(length), of: null });
export const list = (length: number, of: Shape): Shape => ({ length: bounded(length), of });
export const map = (length: number, key: Shape, of: Shape): Shape => ({ length: bounded(length), key, of });

export function bounded(amount: number): number {
  return Math.min(MOST, amount);
}

/** What a comprehension takes from it, one by one. */
export function entryOf({ key, of }: Shape): Shape {
  return key ?? of ?? SCALAR;
}

/** The larger of both in each respect. */
export function larger(a: Shape, b: Shape): Shape {
  const key = a.key === undefined || b.key === undefined ? (a.key ?? b.key) : larger(a.key, b.key);
  const of = a.of === null || b.of === null ? (a.of ?? b.of) : larger(a.of, b.of);
  return { length: Math.max(a.length, b.length), of, ...(key && { key }) };
}

/** Steps for reading all of a value once. */
export function stepsToRead(shape: Shape): number {
  const { length, of, key } = shape;
  if (of === null) return stepsFor(length);
  return bounded(length * (1 + stepsToRead(of) + (key === undefined ? 0 : stepsToRead(key))));
}

/** Steps for making a value of others: texts are copied, lists hold what they hold. */
export function stepsToMake({ length, of }: Shape): number {
  return of === null ? stepsFor(length) : length;
}

/** Steps for reading or writing so many characters. */
export function stepsFor(characters: number): number {
  return Math.ceil(characters / CHARACTERS);
}
