import { globMatcher } from '../../core/glob.js';
import { listOf, mapping, text } from '../../files/readers.js';
import type { Fields } from '../../files/value.js';
import { type Series, seriesKey } from '../../wire/series.js';
import { namedTexts } from './named-texts.js';
import type { NoData, Rule } from './rule.js';

/** Of one rule. */
const MAX_EXPECTED = 1_000;
const IS_GLOB = /[*?]/;
const name = text('a name of 1 to 200 characters without |, * and ?', /^[^\p{Cc}|*?]{1,200}$/u);

/** What an expected series has to be of. */
export interface ExpectedBy extends Pick<Rule, 'on'> {
  /** As they are written. */
  readonly metric: string;
  readonly tenant: string;
  readonly noData: NoData;
}

/** The series that a rule expects: all of their tags; tenant and metric are those of the rule where that names one. */
export function readExpected(fields: Fields, { on, noData, metric, tenant }: ExpectedBy): readonly Series[] {
  if (!fields.has('expected')) return [];
  if (noData !== 'alert') fields.wrong('expected', 'is allowed with `noData: alert` only');
  if (on === 'join') fields.wrong('expected', 'is allowed without `metrics` only');
  const nameOf = (of: Fields, key: string, pattern: string) => {
    if (!of.has(key) && !IS_GLOB.test(pattern)) return pattern;
    const found = of.required(key, name);
    if (found === null || globMatcher(pattern)(found)) return found;
    return of.at(key).refuse(`one that the rule is for: ${pattern}`);
  };
  const one = mapping<Series>(['tenant', 'metric', 'tags'], (of) => {
    const tenantId = nameOf(of, 'tenant', tenant);
    const ofMetric = nameOf(of, 'metric', metric);
    const tags = Object.fromEntries(of.optional('tags', namedTexts([]), []));
    return tenantId === null || ofMetric === null ? null : { tenantId, metric: ofMetric, tags };
  });
  const all = fields.optional(
    'expected',
    listOf(one, { allowed: 'a list of series', least: 1, most: MAX_EXPECTED }),
    [],
  );
  const keys = all.map((series) => seriesKey(series.tenantId, series.metric, series.tags, null));
  if (new Set(keys).size < keys.length) fields.wrong('expected', 'must hold no series twice');
  return all;
}
