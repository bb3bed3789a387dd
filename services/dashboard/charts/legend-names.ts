import type { ChartSeries } from './series.js';

/** Names that are shown; null for all of them. */
export type Shown = readonly string[] | null;

/** After a press on names: they alone are shown, or all again where they were. */
export function isolated(shown: Shown, names: readonly string[]): Shown {
  const isAlone =
    shown !== null && shown.length === names.length && names.every((one) => shown.includes(one));
  return isAlone ? null : names;
}

/** After a press on a name with a modifier: it alone is shown or hidden. */
export function toggled(shown: Shown, name: string, all: readonly string[]): Shown {
  const before = shown ?? all;
  const after = before.includes(name) ? before.filter((one) => one !== name) : [...before, name];
  return all.every((one) => after.includes(one)) ? null : after;
}

/** Names of tags by whose values the series differ. */
export function tagNamesOf(series: readonly ChartSeries[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const { tags = {} } of series)
    for (const [name, value] of Object.entries(tags))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values].flatMap(([name, of]) => (of.size > 1 ? [name] : [])).sort();
}

export interface LegendGroup {
  /** Of the tag; null where nothing is grouped. */
  readonly value: string | null;
  /** By their places among all series. */
  readonly members: readonly number[];
}

/** Those whose name has a text, by the values of a tag. */
export function groupsOf(series: readonly ChartSeries[], tag: string | null, text: string): LegendGroup[] {
  const wanted = text.trim().toLowerCase();
  const groups = new Map<string | null, number[]>();
  series.forEach(({ name, tags }, i) => {
    if (!name.toLowerCase().includes(wanted)) return;
    const value = tag === null ? null : (tags?.[tag] ?? '');
    groups.set(value, [...(groups.get(value) ?? []), i]);
  });
  return [...groups].map(([value, members]) => ({ value, members }));
}
