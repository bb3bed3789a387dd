/*
 * Tags and labels as texts: what the API takes as `tag` and `label`, and what people read.
 */

type Tags = Readonly<Record<string, unknown>>;

/** `name=value` of each. */
export const pairTexts = (pairs: readonly (readonly [name: string, value: unknown])[]): string[] =>
  pairs.map(([name, value]) => `${name}=${value}`);

/** `name=value` of each, in the order in which they come. */
export const tagTexts = (tags: Tags = {}): string[] => pairTexts(Object.entries(tags));

const SAID = new Set(['alertname', 'tenant', 'severity']);

/** Labels of an alert but for those that its rule, its page and its severity show already. */
export const ownLabels = <T>(labels: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !SAID.has(name)));

/** {@link tagTexts} in the order of the names: the same for the same tags. */
export const sortedTagTexts = (tags: Tags): string[] =>
  pairTexts(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
