/** What a window is computed for: a tenant's metric with a set of tags. */
export interface Series {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The identity of a series as text: the same for any order of its tags. `groupBy` keeps only those
 * tags, null all. Parts are separated by NUL, which ingest lets into no name.
 */
export function seriesKey(
  tenantId: string,
  metric: string,
  tags: Readonly<Record<string, string>>,
  groupBy: readonly string[] | null,
): string {
  let key = `${tenantId}\u0000${metric}`;
  for (const name of tagNames(tags, groupBy)) key += `\u0000${name}\u0000${tags[name]}`;
  return key;
}

/** The names of the tags that a series keeps under `groupBy`, sorted. */
export function tagNames(
  tags: Readonly<Record<string, string>>,
  groupBy: readonly string[] | null,
): readonly string[] {
  const names = groupBy === null ? Object.keys(tags) : groupBy.filter((name) => tags[name] !== undefined);
  return names.length > 1 ? names.sort() : names;
}
