/**
 * An object as JSON. Numbers that JSON does not have become a text ("NaN", "Infinity"), because the null
 * that `JSON.stringify` writes could not be distinguished from a null that was sent.
 */
export function toJson(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(object, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** Tags as text, the same for equal tags whatever their order. */
export function tagsKey(tags: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
