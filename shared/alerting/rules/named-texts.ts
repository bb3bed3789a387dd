import { MAX_TEXT, mapOf, text } from '../../files/readers.js';
import type { Reader } from '../../files/value.js';

/** All labels and annotations of an alert together stay far below what a record may have. */
const MOST = 50;
const NAME = /^[A-Za-z_][A-Za-z0-9_.]{0,99}$/;

/** Lines and tabs, and nothing else that a terminal obeys or PostgreSQL stores none of. */
const PRINTED = /^[\t\n\P{Cc}]*$/u;

/** Labels, tags or annotations as a file has them, without the names that are reserved. */
export function namedTexts(reserved: readonly string[]): Reader<ReadonlyMap<string, string>> {
  return mapOf(text(`text of at most ${MAX_TEXT} characters, without control characters`, PRINTED), {
    allowed: 'a mapping of names to texts',
    most: MOST,
    name(name) {
      // No reader of records takes a map with this key.
      if (name === '__proto__') return 'must have another name';
      if (reserved.includes(name)) return 'is set by Tactus; allowed is any other name';
      return NAME.test(name) ? null : 'must be named by letters, digits, _ and .';
    },
  });
}
