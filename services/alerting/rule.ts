import type { Severity } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { Condition } from './condition.js';
import type { Template } from './template.js';

/** What a rule looks at. */
export type RuleInput = 'window' | 'anomaly';

/** One alert rule, checked and compiled. */
export interface Rule {
  /** Unique in its file; the label `alertname`. */
  readonly name: string;
  readonly on: RuleInput;
  /** Name of the window definition; null takes anomalies of every one. */
  readonly window: string | null;
  readonly metric: (metric: string) => boolean;
  readonly tenant: (tenantId: string) => boolean;
  readonly condition: Condition;
  /** How long the condition has to hold before the alert fires. */
  readonly forMs: Millis;
  /** Null takes the default of the configuration. */
  readonly staleAfterMs: Millis | null;
  readonly severity: Severity;
  /** The tags that tell the alerts of a metric apart; null for all of them. */
  readonly groupBy: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, Template>>;
}
