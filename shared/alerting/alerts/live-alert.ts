import type { Severity } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import type { NoData } from '../rules/rule.js';

/** A series for which the condition of an alert holds, or did until a moment ago. */
export interface Member {
  /** Event time of the last window or anomaly. */
  lastAt: Millis;
  /** Wall clock of that; null when it was before a restart, whose length is unknown. */
  seenAt: Millis | null;
  /** Event time since which the condition has not held any more, while the rule keeps the alert firing. */
  okSince: Millis | null;
  /** The time that others carry says nothing of it: its silence is measured by the wall clock. */
  readonly untimed: boolean;
}

/** An alert that is pending or firing. */
export interface LiveAlert {
  readonly fingerprint: string;
  readonly rule: string;
  readonly tenantId: string;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  state: 'pending' | 'firing';
  annotations: Readonly<Record<string, string>>;
  value: number;
  /** Event time since which the condition holds. */
  readonly startsAt: Millis;
  staleAfterMs: Millis;
  keepFiringForMs: Millis;
  noData: NoData;
  /** By the hash of the series' identity; never empty while the alert lives. */
  readonly members: Map<string, Member>;
}
