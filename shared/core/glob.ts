import { RE2JS } from 're2js';
import { TactusError } from './errors.js';
import { compilePattern } from './pattern.js';

/**
 * A test for names by a glob: `*` stands for any characters, `?` for one; everything else for
 * itself. Anchored at both ends. Takes time linear in the name, however many `*` there are.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob === '*') return () => true;
  if (!/[*?]/.test(glob)) return (name) => name === glob;
  const source = glob.replace(/\*+|\?|[^*?]+/g, (part) =>
    part.startsWith('*') ? '.*' : part === '?' ? '.' : RE2JS.quote(part),
  );
  const pattern = compilePattern(source, { whole: true, maxLength: Infinity, maxProgram: Infinity });
  if (typeof pattern === 'string') throw new TactusError('TACTUS_INVARIANT', `glob ${glob}: ${pattern}`);
  return pattern.test;
}
