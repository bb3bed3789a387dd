import { compilePattern, type Pattern } from '../../../../../shared/core/pattern.js';
import { invalid } from './faults.js';
import type { Labels } from './labels.js';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One condition of a selector. A series without the label has an empty value of it. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  test(value: string): boolean;
}

/** Instructions of all patterns of a request: compiling them keeps the process from others. */
const MAX_INSTRUCTIONS = 16_384;
const MAX_PATTERN = 4_096;
const MAX_PROGRAM = 8_192;
/** Values whose answer is remembered, for each pattern. */
const MAX_REMEMBERED = 4_096;

/** A pattern that a label's whole value has to match. @throws what is made of a message for what is no pattern in RE2's syntax */
export function wholePattern(
  source: string,
  fault: (message: string) => Error,
  maxProgram = MAX_PROGRAM,
): Pattern {
  const limits = { whole: false, maxLength: MAX_PATTERN, maxProgram };
  const pattern = compilePattern(`^(?:${source})$`, limits);
  if (typeof pattern === 'string') throw fault(`the pattern ${JSON.stringify(source)} ${pattern}`);
  return pattern;
}

/** Makes the matchers of one request, each pattern once. */
export class MatcherMaker {
  readonly #tests = new Map<string, (text: string) => boolean>();
  #instructions = 0;

  /** @throws TACTUS_PROMQL_INVALID for what is no pattern in RE2's syntax, and where patterns are too large together */
  make(name: string, operator: MatchOperator, value: string): Matcher {
    return { name, operator, value, test: this.#testOf(operator, value) };
  }

  #testOf(operator: MatchOperator, value: string): (text: string) => boolean {
    if (operator === '=') return (text) => text === value;
    if (operator === '!=') return (text) => text !== value;
    const matches = this.#patternTest(value);
    return operator === '=~' ? matches : (text) => !matches(text);
  }

  #patternTest(source: string): (text: string) => boolean {
    let test = this.#tests.get(source);
    if (test === undefined) {
      test = listTest(source) ?? patternTest(this.#compiled(source));
      this.#tests.set(source, test);
    }
    return test;
  }

  #compiled(source: string): Pattern {
    const pattern = wholePattern(source, invalid);
    this.#instructions += pattern.size;
    if (this.#instructions > MAX_INSTRUCTIONS)
      throw invalid(
        `the patterns make more than ${MAX_INSTRUCTIONS} instructions together, which are the most allowed; repeat less`,
      );
    return pattern;
  }
}

/** What dashboards ask for most: a list of names, with what would mean something else escaped. Null for any other pattern. */
function listTest(source: string): ((text: string) => boolean) | null {
  if (!/^(?:[\w:/ @,=|-]|\\[.+*?()|[\]{}^$\\-])*$/.test(source)) return null;
  const names = new Set(
    [...source.matchAll(/(?:[^|\\]|\\.)+|(?<=\||^)(?=\||$)/g)].map(([name]) =>
      name.replaceAll(/\\(.)/g, '$1'),
    ),
  );
  return (text) => names.has(text);
}

function patternTest(pattern: Pattern): (text: string) => boolean {
  const remembered = new Map<string, boolean>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const found = pattern.test(text);
    if (remembered.size < MAX_REMEMBERED) remembered.set(text, found);
    return found;
  };
}

export const matchesAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((matcher) => matcher.test(labels.get(matcher.name)));
