/** What a filter says about attributes: pairs `name=value`, by comma or space; null where it is none of those. */
export function attributesOf(text: string): Readonly<Record<string, string | number | boolean>> | null {
  const attributes: Record<string, string | number | boolean> = {};
  for (const pair of text.split(/[,\s]+/).filter((one) => one !== '')) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return null;
    attributes[name] = typed(value);
  }
  return attributes;
}

/** A number or a truth value as that, unless it is quoted. */
function typed(value: string): string | number | boolean {
  const [, quoted] = /^"(.*)"$/.exec(value) ?? [];
  if (quoted !== undefined) return quoted;
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
