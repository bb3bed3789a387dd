import type { Millis } from '../../../shared/core/clock.js';
import { compilePattern, MAX_PATTERN } from '../../../shared/core/pattern.js';

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
    text: `${name}${operator}${JSON.stringify(value)}`,
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

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    // An escape that JSON does not know, such as \d: then the backslash stands for itself.
    return text.slice(1, -1);
  }
}

/** The channels that are notified too when an alert was not acknowledged for so long. */
export interface Escalation {
  readonly afterMs: Millis;
  readonly channels: readonly string[];
}

/** A node of the routing tree, with what it inherits filled in. */
export interface Route {
  /** Identifies it by the matchers on the way to it, as Alertmanager does: stays when others are added. */
  readonly key: string;
  readonly match: readonly Matcher[];
  readonly channels: readonly string[];
  /** Labels whose values distinguish groups; null for all of them, which is a group per alert. */
  readonly groupBy: readonly string[] | null;
  readonly groupWaitMs: Millis;
  readonly groupIntervalMs: Millis;
  readonly repeatIntervalMs: Millis;
  readonly escalate: readonly Escalation[];
  /** Whether the siblings after it are tried as well when it matches. */
  readonly goOn: boolean;
  readonly routes: readonly Route[];
}

/** While an alert that matches `source` fires, those that match `target` with equal labels cause no notification. */
export interface Inhibition {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

export interface Routing {
  readonly route: Route;
  readonly inhibitions: readonly Inhibition[];
}

/** The deepest routes that match, found as Alertmanager does; the root matches everything. */
export function routesFor(route: Route, labels: Labels): Route[] {
  if (!matchesAll(route.match, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const deeper = routesFor(child, labels);
    found.push(...deeper);
    if (deeper.length > 0 && !child.goOn) break;
  }
  return found.length > 0 ? found : [route];
}

/** The labels that the alerts of a group have in common by the route's `groupBy`. */
export function groupLabels(route: Route, labels: Labels): Record<string, string> {
  const names = route.groupBy ?? Object.keys(labels);
  const kept = [...names].sort().filter((name) => Object.hasOwn(labels, name));
  return Object.fromEntries(kept.map((name) => [name, labels[name] ?? '']));
}

/** Identifies a group, in Alertmanager's notation. */
export function groupKey(route: Route, labels: Labels): string {
  const text = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${route.key}:{${text.join(', ')}}`;
}

/** All nodes of a tree. */
export function allRoutes(route: Route): Route[] {
  return [route, ...route.routes.flatMap(allRoutes)];
}

/** The channels of a route, those of its escalations included, and after how long each is notified. */
export function channelsOf(route: Route): Map<string, Millis> {
  const afterMs = new Map<string, Millis>(route.channels.map((channel) => [channel, 0]));
  for (const { afterMs: ms, channels } of route.escalate)
    for (const channel of channels) afterMs.set(channel, Math.min(ms, afterMs.get(channel) ?? ms));
  return afterMs;
}
