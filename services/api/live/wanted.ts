import { globMatcher } from '../../../shared/core/glob.js';
import { hasTags } from '../../../shared/wire/series-tags.js';

/** What can be subscribed to. */
export const LIVE_KINDS = ['metrics', 'windows', 'anomalies', 'alerts'] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

/** What a subscription asks for. */
export interface Wanted {
  readonly tenantId: string;
  /** Names of metrics or globs (`*`, `?`), at least one: any of them may match. */
  readonly metrics: readonly string[];
  /** A series must have all of these. */
  readonly tags: Readonly<Record<string, string>>;
  readonly kinds: ReadonlySet<LiveKind>;
}

/** Whether a text is a glob and not a plain name. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/** A test for names of metrics. The plain ones, which are most, are looked up. */
export function metricMatcher(metrics: readonly string[]): (metric: string) => boolean {
  const names = new Set(metrics.filter((metric) => !isGlob(metric)));
  const globs = metrics.filter(isGlob).map(globMatcher);
  if (globs.length === 0) return (metric) => names.has(metric);
  return (metric) => names.has(metric) || globs.some((test) => test(metric));
}

/** The labels of an alert that are about its subject; a rule may have a label of the name of a tag. */
const EXPORTED = 'exported_';

/**
 * Whether an alert may be about what is wanted. What its labels do not say does not exclude it: a rule that joins
 * several metrics has none among its labels, and no tags that it is not grouped by.
 */
export function wantsAlert(
  { tags }: Pick<Wanted, 'tags'>,
  matches: (metric: string) => boolean,
  labels: Readonly<Record<string, string>>,
): boolean {
  const own = (name: string) => (Object.hasOwn(labels, name) ? labels[name] : undefined);
  const metric = own('metric');
  if (metric !== undefined && !matches(metric)) return false;
  return Object.entries(tags).every(([name, text]) => (own(EXPORTED + name) ?? own(name) ?? text) === text);
}

/** Whether a series has the tags that are wanted. */
export function wantsTags(
  wanted: Pick<Wanted, 'tags'>,
  { tags }: { readonly tags: Readonly<Record<string, string>> },
): boolean {
  return hasTags(tags, wanted.tags);
}
