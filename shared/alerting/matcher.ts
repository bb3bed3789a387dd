import { compilePattern, MAX_PATTERN } from '../core/pattern.js';

export type Labels = Readonly<Record<string, string>>;

/** A test of one label, in Alertmanager's notation: `team="ops"`, `severity!="info"`, `host=~"web-.*"`, `host!~"…"`. */
export interface Matcher {
  readonly text: string;
  /** Instructions of its pattern, by which the time of a test is bounded; 1 without a pattern. */
  readonly size: number;
  /**
   * Whether it takes values that nobody has given, or alerts without the label, as `host=~".*"` and `team!="web"` do:
   * by itself it selects nearly all alerts.
   */
  readonly wide: boolean;
  matches(labels: Labels): boolean;
}

/** What {@link parseMatcher} takes, in words. */
const MATCHER_ALLOWED = 'a matcher such as severity="critical", team!="web" or host=~"web-.*"';

/** Room for a name, and for escapes in a value. */
const MAX_TEXT = 2 * MAX_PATTERN + 200;

/** No label, and values that no label has: what takes one of these takes about any. */
const UNLIKELY = ['', 'qzxjvkw', 'qzxj.vkw', 'Qzxj-Vkw_7/é', 'qzxj vkw'];

/**
 * A label that is not there counts as empty, and patterns are anchored at both ends, as with Alertmanager.
 *
 * @returns the matcher, or what it must be, in words
 */
export function parseMatcher(text: string): Matcher | string {
  const match =
    text.length > MAX_TEXT
      ? null
      : /^\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^"\s=~]*)\s*$/.exec(text);
  if (match === null) return MATCHER_ALLOWED;
  const [, name = '', operator = '', raw = ''] = match;
  const value = raw.startsWith('"') ? unquote(raw) : raw;
  if (value.length > MAX_PATTERN) return `a matcher with a value of at most ${MAX_PATTERN} characters`;
  const pattern = operator.endsWith('~') ? compilePattern(value, { whole: true }) : null;
  if (typeof pattern === 'string') return `${MATCHER_ALLOWED}; its pattern ${pattern}`;
  const negated = operator.startsWith('!');
  const takes = (label: string) => (pattern === null ? label === value : pattern.test(label)) !== negated;
  return {
    text: `${name}${operator}${quote(value)}`,
    size: pattern?.size ?? 1,
    wide: UNLIKELY.some(takes),
    matches: (labels) => takes(Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''),
  };
}

/** True if all of them match. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels));
}

/**
 * True if nothing in them selects certain alerts: together they are about nearly all of them.
 */
export function selectsAll(matchers: readonly Matcher[]): boolean {
  return matchers.every(({ wide }) => wide);
}

/** Escapes of JSON but \b, which in a pattern is an edge of a word. */
const ESCAPE = /\\(?:["\\/fnrt]|u[0-9A-Fa-f]{4})/g;

/** The backslash of any other escape, such as \d and \b of patterns, stands for itself. */
function unquote(text: string): string {
  return text.slice(1, -1).replace(ESCAPE, (escaped) => JSON.parse(`"${escaped}"`) as string);
}

/** As {@link unquote} reads it. */
function quote(value: string): string {
  return JSON.stringify(value).replace(/\\./g, (escaped) => (escaped === '\\b' ? '\\u0008' : escaped));
}
