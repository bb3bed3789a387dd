import type { Severity } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Condition } from './condition.js';
import type { Template } from './template.js';

/** What a rule looks at: one window, one anomaly, or the windows of several metrics together. */
export type RuleInput = 'window' | 'anomaly' | 'join';

/**
 * What becomes of an alert when its series goes silent: it is resolved, it stays as it is, or the silence
 * itself counts as the condition, also for series without an alert.
 */
export type NoData = 'resolve' | 'keep' | 'alert';

/** A metric of a joined rule. */
export interface JoinedMetric {
  readonly metric: string;
  /** All its figures where it has no window; null: there is nothing to judge then. */
  readonly fallback: number | null;
}

/** One alert rule, checked and compiled. */
export interface Rule {
  /** Unique among the rules in force; the label `alertname` unless `alertName` says otherwise. */
  readonly name: string;
  readonly alertName: string;
  readonly on: RuleInput;
  /** Name of the window definition; null takes anomalies of every one. */
  readonly window: string | null;
  readonly metric: (metric: string) => boolean;
  readonly tenant: (tenantId: string) => boolean;
  /** By the names that the condition uses; empty unless `on` is `join`. */
  readonly metrics: ReadonlyMap<string, JoinedMetric>;
  readonly condition: Condition;
  /** How long the condition has to hold before the alert fires. */
  readonly forMs: Millis;
  /** How long the alert goes on firing after the condition has ended. */
  readonly keepFiringForMs: Millis;
  /** Null takes the default of the configuration. */
  readonly staleAfterMs: Millis | null;
  readonly noData: NoData;
  readonly severity: Severity;
  /** The tags that tell the alerts of a metric apart; null for all of them. */
  readonly groupBy: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, Template>>;
}

/** Prefix of the rules that Tactus makes for rules that cannot be evaluated; no other rule may have it. */
export const FAILING = 'RuleFailing';

const made = new WeakMap<Rule, Rule>();

/**
 * The rule that a rule raises alerts by when it fails at run time: one for each tenant and metric, at once,
 * until it works again.
 */
export function failingRule(rule: Rule): Rule {
  let failing = made.get(rule);
  if (failing === undefined) {
    failing = {
      ...rule,
      name: `${FAILING}:${rule.name}`,
      alertName: FAILING,
      forMs: 0,
      keepFiringForMs: 0,
      noData: 'resolve',
      severity: 'warning',
      groupBy: [],
      labels: { rule: rule.name },
      annotations: {
        summary: ({ labels, fields }) =>
          `The rule ${labels.rule} cannot be evaluated: ${String(fields.failure ?? '')}`,
      },
    };
    made.set(rule, failing);
  }
  return failing;
}
