import { RE2JS, RE2JSException } from 're2js';
import { estimatedSize } from './pattern-size.js';

/** Longest source of a pattern. */
export const MAX_PATTERN = 500;
/** Most instructions of its program: time for a text is at most their number for each character. */
const MAX_PROGRAM = 1_000;
/** The estimate of a program that is not too large is at most so many times as large. */
const SURELY_TOO_LARGE = 4;
/** Memory for states that a pattern has met; beyond it they are forgotten, which costs time only. */
const STATES_BYTES = 65_536;

const tooLarge = (size: number, most: number) =>
  `is too large: it makes ${size} instructions, at most ${most} are allowed; repeat less`;

/** A regular expression of a user. */
export interface Pattern {
  /** Instructions of its program, by which its memory and its time are bounded. */
  readonly size: number;
  test(text: string): boolean;
  /** What the groups of the first match hold, the whole match first; null without a match. */
  groups(text: string): Groups | null;
  /** The matches from the first to the last; each takes time linear in what is left of the text. */
  matches(text: string): Generator<Match>;
}

/** Where a match is, and what its groups hold, the whole match first; empty for one that took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly string[];
}

/** The groups of a match by their number and, where they have one, their name; undefined for one that took no part. */
export interface Groups {
  readonly numbered: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>>;
}

export interface PatternOptions {
  /** Whether the whole text has to match (and `.` stands for a line break, too), or any part of it. */
  readonly whole: boolean;
  readonly maxLength?: number;
  readonly maxProgram?: number;
}

/**
 * Compiles a regular expression in RE2's syntax: without back-references and look-around, and in return matched in
 * time linear in the text, whatever the pattern. Users' expressions are compiled here and nowhere else: `RegExp`
 * takes exponential time for some.
 *
 * @returns the pattern, or what is wrong with it in words
 */
export function compilePattern(
  source: string,
  { whole, maxLength = MAX_PATTERN, maxProgram = MAX_PROGRAM }: PatternOptions,
): Pattern | string {
  if (source.length > maxLength) return `is longer than ${maxLength} characters`;
  const estimated = estimatedSize(source);
  // Compiling takes long where they are many, so most of what is too large is refused before.
  if (estimated > SURELY_TOO_LARGE * maxProgram) return tooLarge(estimated, maxProgram);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, whole ? RE2JS.DOTALL : 0);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `is no regular expression in RE2's syntax: ${error.message}`;
  }
  const size = compiled.programSize();
  if (size > maxProgram) return tooLarge(size, maxProgram);
  let isBounded = false;
  return {
    size,
    test(text) {
      // Made when it is first needed: it takes more memory than most programs.
      if (!isBounded) {
        const { dfa } = compiled.re2();
        dfa.stateBudget = STATES_BYTES;
        dfa.memBudget = STATES_BYTES;
        isBounded = true;
      }
      return whole ? compiled.testExact(text) : compiled.test(text);
    },
    groups(text) {
      const match = compiled.matcher(text);
      if (!(whole ? match.matches() : match.find())) return null;
      const group = (of: number) => match.group(of) ?? undefined;
      const numbered = Array.from({ length: match.groupCount() + 1 }, (_, i) => group(i));
      const names = Object.entries(compiled.namedGroups());
      return { numbered, named: Object.fromEntries(names.map(([name, at]) => [name, group(at)])) };
    },
    *matches(text) {
      const match = compiled.matcher(text);
      const count = match.groupCount() + 1;
      while (match.find())
        yield {
          ...{ start: match.start(), end: match.end() },
          groups: Array.from({ length: count }, (_, i) => match.group(i) ?? ''),
        };
    },
  };
}
