import { createHash } from 'node:crypto';
import type { Severity } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import type { Series } from '../../wire/series.js';
import { type AnomalyTerms, looksCloser } from './anomaly-terms.js';
import type { Condition, RuleInput, StageInput } from './condition.js';
import type { FlapThresholds } from './flapping.js';
import type { Template } from './template.js';

/** Labels that every alert has; a rule cannot set them. */
export const RESERVED_LABELS: readonly string[] = ['alertname', 'tenant', 'metric', 'severity'];

/** Annotation of an alert that was raised by the silence of its series: since when. */
export const NO_DATA_ANNOTATION = 'no_data';

/** Annotations of an alert that flaps, and of one that has stopped to: how often its state has changed. */
export const FLAPPING_ANNOTATION = 'flapping';
export const FLAPPING_ENDED_ANNOTATION = 'flapping_ended';

/** Annotations that Tactus sets; a rule cannot. */
export const RESERVED_ANNOTATIONS: readonly string[] = [
  ...['resolution', 'resolution_text', NO_DATA_ANNOTATION],
  ...[FLAPPING_ANNOTATION, FLAPPING_ENDED_ANNOTATION],
];

/**
 * What becomes of an alert when its series goes silent: it is resolved, it stays as it is, or the silence
 * itself counts as the condition, also for series without an alert.
 */
export type NoData = 'resolve' | 'keep' | 'alert';

/** A metric of a joined rule. */
export interface JoinedMetric {
  readonly metric: string;
  /** All its figures where it has no window; null: the rule is not evaluated then. */
  readonly fallback: number | null;
}

/** Where the value of a recording rule goes. */
export interface Recording {
  /** The metric that it is recorded as. */
  readonly metric: string;
  /** The tenants that it is for, as they are written: a name or a glob. */
  readonly tenant: string;
  /** The metrics that it is made of. */
  readonly reads: readonly string[];
}

/** One rule, checked and compiled. */
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
  /** Of a recording rule it is the value that counts. */
  readonly condition: Condition;
  /** Null for a rule that takes anomalies as they are reported, or none. */
  readonly terms: AnomalyTerms | null;
  /** Null for an alert rule. */
  readonly record: Recording | null;
  /** How long the condition has to hold before the alert fires. */
  readonly forMs: Millis;
  /** How long the alert goes on firing after the condition has ended. */
  readonly keepFiringForMs: Millis;
  /** When its alerts flap; null where that is not looked at. */
  readonly flapping: FlapThresholds | null;
  /** Null takes the default of the configuration. */
  readonly staleAfterMs: Millis | null;
  readonly noData: NoData;
  /** Series whose silence counts from when the rule is in force, though they were never seen. */
  readonly expected: readonly Series[];
  readonly severity: Severity;
  /** The tags that distinguish the alerts of a metric; null for all of them. */
  readonly groupBy: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, Template>>;
}

/** Whether a rule looks at a metric of a tenant; a join has none. */
export function isFor(rule: Rule, tenantId: string, metric: string): boolean {
  return rule.tenant(tenantId) && (rule.on === 'join' || rule.metric(metric));
}

/** Prefix of the rules that Tactus makes for rules that cannot be evaluated; no other rule may have it. */
export const FAILING = 'RuleFailing';

const made = new WeakMap<Rule, Rule>();

/**
 * The rule by which a rule that fails at run time raises an alert of its own: one for each tenant and metric,
 * at once, until it works again.
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
      expected: [],
      severity: 'warning',
      groupBy: [],
      record: null,
      labels: { rule: rule.alertName },
      annotations: {
        summary: ({ labels, fields }) =>
          `The rule ${labels.rule} cannot be evaluated: ${String(fields.failure ?? '')}`,
      },
    };
    made.set(rule, failing);
  }
  return failing;
}

/**
 * The labels of an alert: name of the rule, tenant, metric (none if the rule joins several), severity, the
 * tags that it is grouped by, and the rule's own. An alert is always about one metric or one join, since all
 * that is known of either comes through one partition. A tag whose name is taken gets the prefix `exported_`, as
 * with Prometheus, so that no two series become one.
 */
export function alertLabels(rule: Rule, { tenantId, metric, tags }: Series): Record<string, string> {
  const labels: Record<string, string> = {
    ...rule.labels,
    alertname: rule.alertName,
    tenant: tenantId,
    severity: rule.severity,
    ...(rule.on === 'join' ? {} : { metric }),
  };
  const taken = new Set(Object.keys(labels));
  for (const name of rule.groupBy ?? Object.keys(tags)) {
    if (!Object.hasOwn(tags, name)) continue;
    let label = name;
    while (taken.has(label)) label = `exported_${label}`;
    taken.add(label);
    labels[label] = tags[name] ?? '';
  }
  return labels;
}

/**
 * Identifies an alert for as long as rule, tenant and labels stay the same: the first 16 hex digits
 * (64 bits, as with Alertmanager) of the SHA-256 of the JSON text of `[rule, tenantId, [[label, value], ...]]`
 * with the labels in order of their names.
 */
export function fingerprintOf(
  rule: string,
  tenantId: string,
  labels: Readonly<Record<string, string>>,
): string {
  const ordered = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([rule, tenantId, ordered]))
    .digest('hex')
    .slice(0, 16);
}

/** Some 100 ms. */
const STEPS_AT_ONCE = 5_000_000;

/** Steps that evaluating all of some rules takes at most, for tags of the usual sizes. */
function stepsOf(rules: readonly Rule[]): number {
  return rules.reduce((sum, { condition }) => sum + condition.steps, 0);
}

/** Most rules of one source, and steps of all of them together, so that no window is at work for longer. */
export const MAX_RULES = 1_000;
const MAX_STEPS_OF_ALL = 10_000_000;

/** Part of both that rules of one tenant may have, so that it leaves room for the others. */
export const PART_OF_TENANT = 0.1;

/** Most series that rules may expect: each is looked at about once a second. */
const MAX_EXPECTED = 10_000;

/** Why there cannot be all of some rules, in words; null if there can be. @param part of what all may have */
export function tooMany(rules: readonly Rule[], part = 1): string | null {
  const [most, mostSteps] = [MAX_RULES * part, MAX_STEPS_OF_ALL * part];
  if (rules.length > most) return `at most ${most} rules are allowed`;
  const expected = rules.reduce((sum, rule) => sum + rule.expected.length, 0);
  if (expected > MAX_EXPECTED * part)
    return `the rules expect ${expected} series; at most ${MAX_EXPECTED * part} are allowed for all of them`;
  const steps = stepsOf(rules);
  if (steps <= mostSteps) return null;
  return `the rules may take ${steps} steps for one window; at most ${mostSteps} are allowed for all of them`;
}

/** Combinations remembered; beyond it all are forgotten and found again. */
const MAX_CACHED = 50_000;

/** What a rule is evaluated on. Each has one input: the alerts of two would contradict one another. */
function inputOf({ on, terms }: Rule): StageInput {
  return terms !== null && looksCloser(terms) ? 'candidate' : on;
}

/** Which rules look at what; the globs are tried once per window definition, tenant and metric. */
export class RuleIndex {
  readonly #rules: readonly Rule[];
  readonly #joins: readonly Rule[];
  readonly #found = new Map<string, { readonly rules: readonly Rule[]; readonly joined: boolean }>();

  constructor(rules: readonly Rule[], on: StageInput) {
    this.#rules = rules.filter((rule) => inputOf(rule) === on);
    this.#joins = on === 'window' ? rules.filter((rule) => rule.on === 'join') : [];
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** How many values may be looked at before the process has to get to other things. */
  get atOnce(): number {
    return Math.max(1, Math.floor(STEPS_AT_ONCE / Math.max(1, stepsOf(this.#rules))));
  }

  /** The rules that look at a value by itself, and whether one joins it with others. */
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
