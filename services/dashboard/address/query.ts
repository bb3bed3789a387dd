/** By name; null removes one, a list gives it several times. */
export type QueryChanges = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

/** A query with changes, as it stands behind a path: empty or with its question mark. */
export function changedQuery(query: URLSearchParams, changes: QueryChanges): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    changed.delete(name);
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== '') changed.append(name, String(one));
  }
  const text = changed.toString();
  return text === '' ? '' : `?${text}`;
}
