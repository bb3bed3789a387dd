/** What a window is computed for: a tenant's metric with a set of tags. */
export interface Series {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The Avro encoding of tenantId, metric and tags, where it is known from a record or was needed before. */
  encoded?: Buffer;
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
  const names = groupBy === null ? Object.keys(tags) : groupBy.filter((name) => tags[name] !== undefined);
  if (names.length > 1) names.sort();
  let key = `${tenantId}\u0000${metric}`;
  for (const name of names) key += `\u0000${name}\u0000${tags[name]}`;
  return key;
}

/** The tags that a series keeps under `groupBy`, sorted by name. */
export function groupTags(
  tags: Readonly<Record<string, string>>,
  groupBy: readonly string[] | null,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(tags).sort()) {
    if (groupBy === null || groupBy.includes(name)) kept[name] = tags[name] as string;
  }
  return kept;
}
