import { globMatcher } from '../../core/glob.js';
import type { WrittenRule } from './rules-file.js';

/** Windows of a tenant's metric that were seen, with the names of all their tags. */
export interface SeenWindows {
  readonly tenantId: string;
  readonly metric: string;
  /** Null where it is not known: it may be any. */
  readonly window: string | null;
  readonly tags: readonly string[];
}

/** How expressions (`tags.host`, `tags["host"]`, `"host" in tags`) and annotations (`{{tags.host}}`) name tags. */
const NAMED = [
  /\btags\.([A-Za-z_]\w{0,99})/g,
  /\btags\[\s?["']([^"']{1,100})["']\s?\]/g,
  /["']([^"']{1,100})["'] in tags\b/g,
];
const IN_ANNOTATION = /\{\{\s?tags\.([^{}\s]{1,100})\s?\}\}/g;

/** Warnings of rules that look at metrics or tags of which nothing was seen: mostly a name is wrong. */
export function unseen(rules: readonly WrittenRule[], seen: readonly SeenWindows[]): string[] {
  const made = rules.flatMap(({ rule }) => rule.record?.metric ?? []);
  return rules.flatMap((written) =>
    ofRule(written, seen, made).map((text) => `rule "${written.rule.name}": ${text}`),
  );
}

/** @param made metrics that rules record: those there may be yet */
function ofRule(
  { rule, values }: WrittenRule,
  seen: readonly SeenWindows[],
  made: readonly string[],
): string[] {
  const about = seen.filter(
    ({ tenantId, window }) =>
      rule.tenant(tenantId) && (rule.window === null || window === null || window === rule.window),
  );
  const where = rule.window === null ? '' : ` in windows "${rule.window}"`;
  const globs =
    rule.on === 'join' ? [...rule.metrics.values()].map(({ metric }) => metric) : [values.metric ?? '*'];
  const wanted = globs.map((glob) => ({ glob, fits: globMatcher(glob) }));
  if (wanted.some(({ fits }) => made.some(fits))) return [];
  const missing = wanted.filter(({ fits }) => !about.some(({ metric }) => fits(metric)));
  if (missing.length > 0) return missing.map(({ glob }) => `no metric ${glob} was seen${where}`);
  const known = new Set(
    about.filter(({ metric }) => wanted.some(({ fits }) => fits(metric))).flatMap(({ tags }) => tags),
  );
  return tagsOf({ rule, values })
    .filter((tag) => !known.has(tag))
    .map((tag) => `no series of ${globs.join(', ')} with the tag ${tag} was seen${where}`);
}

function tagsOf({ rule, values }: WrittenRule): string[] {
  const expressions = [values.expr ?? '', ...Object.values(values.values ?? {})];
  const named = expressions.flatMap((text) => NAMED.flatMap((pattern) => namesIn(text, pattern)));
  const shown = Object.values(values.annotations ?? {}).flatMap((text) => namesIn(text, IN_ANNOTATION));
  return [...new Set([...(rule.groupBy ?? []), ...named, ...shown])];
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}
