const ANY = '*'.charCodeAt(0);
const ONE = '?'.charCodeAt(0);

/**
 * A test for names by a glob: `*` stands for any characters, `?` for one; everything else for itself. Anchored at both
 * ends. Prepares nothing and keeps nothing, so that whoever may name globs takes neither time nor memory with them; a test takes
 * at most as many steps as the name has characters times the glob has.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob === '*') return () => true;
  if (!/[*?]/.test(glob)) return (name) => name === glob;
  return (name) => matches(glob, name);
}

/** After a mismatch it goes back to the last `*`, which takes one more: those before it have no better choice. */
function matches(glob: string, name: string): boolean {
  let at = 0;
  let next = 0;
  let afterAny = -1;
  let taken = 0;
  while (next < name.length) {
    // Behind the end it is NaN, which equals nothing.
    const wanted = glob.charCodeAt(at);
    if (wanted === ANY) {
      at += 1;
      if (at === glob.length) return true;
      afterAny = at;
      taken = next;
    } else if (wanted === ONE) {
      at += 1;
      // A character may be two units.
      next += (name.codePointAt(next) as number) > 0xffff ? 2 : 1;
    } else if (wanted === name.charCodeAt(next)) {
      at += 1;
      next += 1;
    } else if (afterAny >= 0) {
      at = afterAny;
      taken += 1;
      next = taken;
    } else return false;
  }
  while (glob.charCodeAt(at) === ANY) at += 1;
  return at === glob.length;
}
