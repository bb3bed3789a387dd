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

/** Lists of hosts and pods, which dashboards put into a pattern, are long. */
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

/** @throws TACTUS_PROMQL_INVALID for what is no pattern in RE2's syntax */
export function makeMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  const test = testOf(operator, value);
  return { name, operator, value, test };
}

function testOf(operator: MatchOperator, value: string): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const matches = patternTest(value);
  return operator === '=~' ? matches : (text) => !matches(text);
}

function patternTest(source: string): (text: string) => boolean {
  const pattern = wholePattern(source, invalid);
  // What dashboards ask for most: a list of names.
  if (/^[\w:/ @,=-]*(\|[\w:/ @,=-]*)*$/.test(source)) {
    const names = new Set(source.split('|'));
    return (text) => names.has(text);
  }
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
