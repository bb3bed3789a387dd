/** A test of one label, in Alertmanager's notation: `team="ops"`, `severity!="info"`, `host=~"web-.*"`, `host!~"…"`. */
export interface Matcher {
  readonly text: string;
  matches(labels: Readonly<Record<string, string>>): boolean;
}

/** What {@link parseMatcher} takes, in words. */
export const MATCHER_ALLOWED = 'a matcher such as severity="critical", team!="web" or host=~"web-.*"';

const MAX_PATTERN = 500;

/**
 * A label that is not there counts as empty, and patterns are anchored at both ends, as with Alertmanager.
 *
 * @returns null for anything else
 */
export function parseMatcher(text: string): Matcher | null {
  const match = /^\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^"\s=~]*)\s*$/.exec(text);
  if (match === null) return null;
  const [, name = '', operator = '', raw = ''] = match;
  const value = raw.startsWith('"') ? unquote(raw) : raw;
  if (value === null || value.length > MAX_PATTERN) return null;
  const negated = operator.startsWith('!');
  const fits = operator.endsWith('~') ? pattern(value) : (label: string) => label === value;
  if (fits === null) return null;
  return {
    text: `${name}${operator}${JSON.stringify(value)}`,
    matches: (labels) => fits(Object.hasOwn(labels, name) ? (labels[name] ?? '') : '') !== negated,
  };
}

/** True if all of them match. */
export function matchesAll(matchers: readonly Matcher[], labels: Readonly<Record<string, string>>): boolean {
  return matchers.every((matcher) => matcher.matches(labels));
}

function unquote(text: string): string | null {
  try {
    return JSON.parse(text) as string;
  } catch {
    // An escape that JSON does not know, such as \d: then the backslash stands for itself.
    return text.slice(1, -1);
  }
}

function pattern(source: string): ((label: string) => boolean) | null {
  try {
    const expression = new RegExp(`^(?:${source})$`, 'su');
    return (label) => expression.test(label);
  } catch {
    // No regular expression; the caller says what is allowed.
    return null;
  }
}
