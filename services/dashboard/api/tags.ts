/*
 * Tags and labels as texts: what the API takes as `tag` and `label`, and what people read.
 */

type Tags = Readonly<Record<string, unknown>>;

/** `name=value` of each. */
export const pairTexts = (pairs: readonly (readonly [name: string, value: unknown])[]): string[] =>
  pairs.map(([name, value]) => `${name}=${value}`);

/** `name=value` of each, in the order in which they come. */
export const tagTexts = (tags: Tags = {}): string[] => pairTexts(Object.entries(tags));

/** {@link tagTexts} in the order of the names: the same for the same tags. */
export const sortedTagTexts = (tags: Tags): string[] =>
  pairTexts(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
