/**
 * An object as JSON. Numbers that JSON does not have become a text ("NaN", "Infinity"), because the null
 * that `JSON.stringify` writes could not be distinguished from a null that was sent. Bytes become base64.
 */
export function toJson(object: object): string {
  return JSON.stringify(object, (_, value: unknown) => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    return isBytes(value) ? Buffer.from(value.data).toString('base64') : value;
  });
}

/** What a Buffer has become before it is seen here. */
function isBytes(value: unknown): value is { readonly data: number[] } {
  const { type, data } = (value ?? {}) as { readonly type?: unknown; readonly data?: unknown };
  return type === 'Buffer' && Array.isArray(data);
}

/** Tags as text, the same for equal tags whatever their order. */
export function tagsKey(tags: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
