/**
 * A test for names by a glob: `*` stands for any characters, `?` for one; everything else for
 * itself. Anchored at both ends.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob === '*') return () => true;
  const pattern = glob
    .replace(/[\\^$.+()|[\]{}]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${pattern}$`, 's');
  return (name) => expression.test(name);
}
