import type { Rule, RuleInput } from './rule.js';

/** Combinations remembered; beyond it all are forgotten and found again. */
const MAX_CACHED = 50_000;

/** Which rules look at what; the globs are tried once per window definition, tenant and metric. */
export class RuleIndex {
  readonly #rules: readonly Rule[];
  readonly #cache = new Map<string, readonly Rule[]>();

  constructor(rules: readonly Rule[], on: RuleInput) {
    this.#rules = rules.filter((rule) => rule.on === on);
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#rules.map((rule) => rule.name));
  }

  rulesFor(window: string, tenantId: string, metric: string): readonly Rule[] {
    const key = `${window}|${tenantId}|${metric}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const found = this.#rules.filter(
      (rule) =>
        (rule.window === null || rule.window === window) && rule.tenant(tenantId) && rule.metric(metric),
    );
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, found);
    return found;
  }
}
