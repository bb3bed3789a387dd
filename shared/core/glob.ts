const ONE = '?'.charCodeAt(0);
const LAST_OF_ONE_UNIT = 0xffff;

/**
 * A test for names by a glob: `*` stands for any characters, `?` for one; everything else for itself. Anchored at both
 * ends. Compiles nothing, so that whoever may name globs takes neither time nor memory with them. A test takes as many steps
 * as there are characters in the name; of parts between two `*` that have a `?`, times the length of the part.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob === '*') return () => true;
  if (!/[*?]/.test(glob)) return (name) => name === glob;
  const parts = glob.split('*');
  const first = parts[0] as string;
  if (parts.length === 1) return (name) => endOf(first, name, 0) === name.length;
  const last = parts[parts.length - 1] as string;
  const between = parts.slice(1, -1).filter((part) => part !== '');
  return (name) => {
    let at = endOf(first, name, 0);
    // Each as early as can be: that leaves the most to those after it.
    for (let i = 0; i < between.length && at >= 0; i++) at = endOfFirst(between[i] as string, name, at);
    return at >= 0 && startOf(last, name) >= at;
  };
}

/** The parts between two `*` of a glob that take more steps than there are characters in the name. */
export function slowParts(glob: string): string[] {
  return glob
    .split('*')
    .slice(1, -1)
    .filter((part) => part.includes('?'));
}

/** Where a part ends that begins at a place of the name; -1 where it is not there. */
function endOf(part: string, name: string, at: number): number {
  let end = at;
  for (let i = 0; i < part.length; i++) {
    if (end >= name.length) return -1;
    const wanted = part.charCodeAt(i);
    if (wanted === ONE) end += (name.codePointAt(end) as number) > LAST_OF_ONE_UNIT ? 2 : 1;
    else if (wanted === name.charCodeAt(end)) end += 1;
    else return -1;
  }
  return end;
}

/** The same of the first place, from `at` on, that it is at. */
function endOfFirst(part: string, name: string, at: number): number {
  if (!part.includes('?')) {
    const found = name.indexOf(part, at);
    return found < 0 ? -1 : found + part.length;
  }
  for (let from = at; from < name.length; from++) {
    const end = endOf(part, name, from);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where a part begins that ends where the name does; -1 where it is not there. */
function startOf(part: string, name: string): number {
  let start = name.length;
  for (let i = part.length - 1; i >= 0; i--) {
    if (start === 0) return -1;
    const wanted = part.charCodeAt(i);
    start -= 1;
    if (wanted !== ONE && wanted !== name.charCodeAt(start)) return -1;
    // A character may be two units.
    if (wanted === ONE && start > 0 && (name.codePointAt(start - 1) as number) > LAST_OF_ONE_UNIT) start -= 1;
  }
  return start;
}
