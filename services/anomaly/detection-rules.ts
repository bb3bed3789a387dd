import type { WindowAggregate } from '../../schemas/types.js';
import { globMatcher } from '../../shared/core/glob.js';
import { CANDIDATE_FACTOR } from '../../shared/detection/candidates.js';
import type { Detector } from '../../shared/detection/detector.js';
import { changedBy } from '../../shared/detection/sensitivity.js';
import { recordKey } from '../../shared/wire/series.js';

/** Windows without counters have no `increase` and no `rate`, those without members no `distinct`. */
export const FIELDS = [
  ...(['mean', 'min', 'max', 'sum', 'count', 'stddev', 'first', 'last'] as const),
  ...(['increase', 'rate', 'distinct'] as const),
] as const;
type Field = (typeof FIELDS)[number];
/** Those that mean something whatever the values are. */
const OF_ALL_KINDS: readonly Field[] = ['count', 'increase', 'rate', 'distinct'];

/** What of which windows is watched, and how readily; the first rule that fits a series counts. */
export interface DetectionRule {
  /** Globs. */
  readonly metrics: string;
  readonly tenants: string;
  /** Name of the window definition. */
  readonly window: string;
  /** One of {@link FIELDS}, or a quantile that the definition asks for: `p50`, `p95`, `p99.9`. */
  readonly field: string;
  readonly sensitivity: number;
  readonly above: number | null;
  readonly below: number | null;
}

const QUANTILE = /^p(\d{1,2}(?:\.\d+)?)$/;

export function isField(name: string): boolean {
  return (FIELDS as readonly string[]).includes(name) || QUANTILE.test(name);
}

/** A rule at work. */
export interface Watch<State> {
  readonly window: string;
  readonly detector: Detector<State>;
  /** With the sensitivity that makes candidates. */
  readonly closer: () => Detector<State>;
  /** The figure that is scored; null where the window has none, as without that quantile. */
  value(window: WindowAggregate): number | null;
}

/** Factors on the sensitivity of the rules, by tenant and metric. */
export interface Factors {
  /** Goes up with each change. */
  readonly version: number;
  /** Null for a tenant that is not watched. */
  factorOf(tenantId: string, metric: string): number | null;
}

const AS_THE_RULES_SAY: Factors = { version: 0, factorOf: () => 1 };

/** Keys remembered with the rule that fits; beyond, all are looked up again. */
const REMEMBERED = 100_000;

/**
 * Finds the rule of a series by its tenant and metric. Must end in a rule that fits all.
 *
 * @param make makes the detector of a rule
 * @param factors change the sensitivity of the rules, from the next look on
 */
export function watches<State>(
  rules: readonly DetectionRule[],
  make: (rule: DetectionRule) => Detector<State>,
  factors: Factors = AS_THE_RULES_SAY,
): (tenantId: string, metric: string) => Watch<State> | null {
  const all = rules.map((rule) => ({
    isFor: both(globMatcher(rule.tenants), globMatcher(rule.metrics)),
    rule,
    value: figureOf(rule.field),
    atFactor: new Map<number, Watch<State>>(),
  }));
  const known = new Map<string, Watch<State> | null>();
  let { version } = factors;
  const look = (tenantId: string, metric: string): Watch<State> | null => {
    const fitting = all.find(({ isFor }) => isFor(tenantId, metric));
    if (fitting === undefined) return null;
    const { rule, value, atFactor } = fitting;
    const factor = factors.factorOf(tenantId, metric);
    if (factor === null) return null;
    let watch = atFactor.get(factor);
    if (watch === undefined) {
      const sensitivity = changedBy(factor, rule.sensitivity);
      const closer = lazily(() => make({ ...rule, sensitivity: CANDIDATE_FACTOR * sensitivity }));
      watch = { window: rule.window, detector: make({ ...rule, sensitivity }), closer, value };
      atFactor.set(factor, watch);
    }
    return watch;
  };
  return (tenantId, metric) => {
    if (known.size >= REMEMBERED || version !== factors.version) {
      version = factors.version;
      known.clear();
      for (const { atFactor } of all) atFactor.clear();
    }
    const key = recordKey(tenantId, metric);
    let found = known.get(key);
    if (found === undefined) {
      found = look(tenantId, metric);
      known.set(key, found);
    }
    return found;
  };
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function both(tenants: (name: string) => boolean, metrics: (name: string) => boolean) {
  return (tenantId: string, metric: string) => tenants(tenantId) && metrics(metric);
}

function figureOf(field: string): (window: WindowAggregate) => number | null {
  const quantile = QUANTILE.exec(field)?.[1];
  if (quantile === undefined) {
    const name = field as Field;
    if (OF_ALL_KINDS.includes(name)) return (window) => window[name];
    // The values of members are hashes: how many different ones there were is what can be watched.
    return (window) => window.distinct ?? window[name];
  }
  const key = String(Number((Number(quantile) / 100).toPrecision(12)));
  return ({ quantiles }) => quantiles?.[key] ?? null;
}
