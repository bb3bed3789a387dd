/** Whether tags that a series has been grouped by are those of the series. */
export function hasTags(
  tags: Readonly<Record<string, string>>,
  grouped: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(grouped).every(([name, value]) => Object.hasOwn(tags, name) && tags[name] === value);
}
