import { Lru } from '../../../../shared/core/lru.js';
import { compilePattern, type Pattern } from '../../../../shared/core/pattern.js';
import type { Charge } from './values.js';

/** Instructions of a pattern: those of templates take short texts apart. */
const MAX_PROGRAM = 200;
export const PATTERN = { whole: false, maxLength: 200, maxProgram: MAX_PROGRAM };
/** What compiling costs, for each instruction. */
const COMPILING = 100;
const MAX_CACHED = 100;
const patterns = new Lru<string, Pattern>(MAX_CACHED);

/** Patterns are few: they stand in the file, and were checked. */
export function patternOf(source: string, charge: Charge): Pattern {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const pattern = compilePattern(source, PATTERN);
  if (typeof pattern === 'string') throw new Error(`pattern ${pattern}`);
  patterns.set(source, pattern);
  charge(COMPILING * pattern.size);
  return pattern;
}

/** `$1`, `${1}` and `$$` are as in Go. Each match is charged for what is left of the text, and for what is put there. */
export function replaced(pattern: Pattern, by: string, value: string, charge: Charge): string {
  let text = '';
  let at = 0;
  charge(pattern.size * (1 + value.length));
  for (const { start, end, groups } of pattern.matches(value)) {
    text += value.slice(at, start);
    text += by.replace(/\$(?:(\$)|(\d{1,2})|\{(\d{1,2})\})/g, (_, dollar, plain, braced) => {
      const group = dollar === undefined ? (groups[Number(plain ?? braced)] ?? '') : '$';
      charge(group.length);
      return group;
    });
    at = end;
    charge(pattern.size * (1 + value.length - start) + text.length);
  }
  return text + value.slice(at);
}
