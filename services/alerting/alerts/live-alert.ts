import type { Alert, Severity } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { NoData } from '../rules/rule.js';

/** A series for which the condition of an alert holds, or did until a moment ago. */
export interface Member {
  /** Event time of the last window or anomaly. */
  lastAt: Millis;
  /** Wall clock of that; null when it was before a restart, whose length says nothing of the series. */
  seenAt: Millis | null;
  /** Event time since which the condition has not held any more, while the rule keeps the alert firing. */
  okSince: Millis | null;
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

const VERSION = 2;

interface Stored extends Omit<LiveAlert, 'members'> {
  readonly v: number;
  readonly members: readonly (readonly [hash: string, lastAt: Millis, okSince: Millis | null])[];
}

/** The alert as a changelog value. */
export function saveAlert(alert: LiveAlert): Buffer {
  const members = [...alert.members].map(([hash, { lastAt, okSince }]) => [hash, lastAt, okSince] as const);
  return Buffer.from(JSON.stringify({ ...alert, v: VERSION, members } satisfies Stored));
}

/** Null for a value of another version. */
export function loadAlert(bytes: Buffer): LiveAlert | null {
  let stored: Stored;
  try {
    stored = JSON.parse(bytes.toString('utf8')) as Stored;
  } catch {
    // Not JSON: another version wrote it; the caller counts it.
    return null;
  }
  if (stored?.v !== VERSION) return null;
  const { v: _, members, ...alert } = stored;
  return {
    ...alert,
    members: new Map(members.map(([hash, lastAt, okSince]) => [hash, { lastAt, seenAt: null, okSince }])),
  };
}

/** The alert as it is told to the world. */
export function toRecord(
  alert: LiveAlert,
  now: Millis,
  end?: { readonly at: Millis; readonly annotations: Readonly<Record<string, string>> },
): Alert {
  const { fingerprint, rule, tenantId, severity, labels, value, startsAt } = alert;
  return {
    fingerprint,
    rule,
    tenantId,
    state: end === undefined ? alert.state : 'resolved',
    severity,
    labels,
    annotations: { ...alert.annotations, ...end?.annotations },
    value,
    startsAt,
    endsAt: end?.at ?? null,
    updatedAt: now,
  };
}
