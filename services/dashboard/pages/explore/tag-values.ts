import type { Series } from '../../api/operations.js';
import type { Pair } from './state.js';

export interface TagValue {
  readonly name: string;
  readonly value: string;
  readonly series: number;
}

/** Each tag and value of the series, with how many have it, the most frequent of each tag first. */
export function tagValuesOf(series: readonly Series[]): TagValue[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { tags } of series)
    for (const [name, value] of Object.entries(tags)) {
      const of = counts.get(name) ?? new Map<string, number>();
      counts.set(name, of.set(value, (of.get(value) ?? 0) + 1));
    }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, of]) =>
      [...of].sort(([, a], [, b]) => b - a).map(([value, series]) => ({ name, value, series })),
    );
}

/** Those that can be filtered by and have a text. */
export function offeredValues(
  values: readonly TagValue[],
  chosen: readonly Pair[],
  text: string,
): TagValue[] {
  const wanted = text.trim().toLowerCase();
  const isChosen = new Set(chosen.map(([name, value]) => `${name}=${value}`));
  return values.filter(({ name, value }) => {
    const pair = `${name}=${value}`;
    return !isChosen.has(pair) && pair.toLowerCase().includes(wanted);
  });
}

export const tagNamesOf = (values: readonly TagValue[]): string[] => [
  ...new Set(values.map(({ name }) => name)),
];
