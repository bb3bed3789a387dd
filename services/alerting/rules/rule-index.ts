import { failingRule, type Rule, type RuleInput } from './rule.js';

/** Combinations remembered; beyond it all are forgotten and found again. */
const MAX_CACHED = 50_000;

/** Which rules look at what; the globs are tried once per window definition, tenant and metric. */
export class RuleIndex {
  readonly #rules: readonly Rule[];
  readonly #joins: readonly Rule[];
  readonly #found = new Map<string, { readonly rules: readonly Rule[]; readonly joined: boolean }>();

  constructor(rules: readonly Rule[], on: RuleInput) {
    this.#rules = rules.filter((rule) => rule.on === on);
    this.#joins = on === 'window' ? rules.filter((rule) => rule.on === 'join') : [];
  }

  /** Of the rules, and of those that tell that they fail. */
  get names(): ReadonlySet<string> {
    return new Set(this.#rules.flatMap((rule) => [rule.name, failingRule(rule).name]));
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** The rules that judge a value by itself, and whether one joins it with others. */
  lookUp(
    window: string,
    tenantId: string,
    metric: string,
  ): { readonly rules: readonly Rule[]; readonly joined: boolean } {
    const key = `${window}|${tenantId}|${metric}`;
    const cached = this.#found.get(key);
    if (cached !== undefined) return cached;
    const applies = (rule: Rule) => (rule.window === null || rule.window === window) && rule.tenant(tenantId);
    const found = {
      rules: this.#rules.filter((rule) => applies(rule) && rule.metric(metric)),
      joined: this.#joins.some(
        (rule) => applies(rule) && [...rule.metrics.values()].some((part) => part.metric === metric),
      ),
    };
    if (this.#found.size >= MAX_CACHED) this.#found.clear();
    this.#found.set(key, found);
    return found;
  }
}
