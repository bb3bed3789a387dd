import { createHash } from 'node:crypto';
import type { Alert, Severity } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { formatDuration } from '../../../shared/files/duration.js';
import type { Series } from '../../../shared/wire/series.js';
import type { NoData, Rule } from '../rules/rule.js';

/** A series for which the condition of an alert holds, or did until a moment ago. */
export interface Member {
  /** Event time of the last window or anomaly. */
  lastAt: Millis;
  /** Wall clock of that; null when it was before a restart, whose length is unknown. */
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

/** The alert as a record of `alerts`. */
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

/**
 * The labels of an alert: name of the rule, tenant, metric (none if the rule joins several), severity, the
 * tags that it is grouped by, and the rule's own. An alert is always about one metric or one join, since all
 * that is known of either comes through one partition. A tag whose name is taken gets the prefix `exported_`, as
 * with Prometheus, so that no two series lose what tells them apart.
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

/** Why an alert is over; stands in the annotation `resolution` of its last record. */
export type Resolution = 'recovered' | 'silent' | 'never_fired' | 'rule_removed' | 'rule_changed';

export function resolutionAnnotations(resolution: Resolution, staleAfterMs: Millis): Record<string, string> {
  const texts: Record<Resolution, string> = {
    recovered: 'the condition no longer holds',
    silent: `nothing more was seen for ${formatDuration(staleAfterMs)}`,
    never_fired: 'the condition ended before the alert fired',
    rule_removed: 'the rule is no longer in force',
    rule_changed: 'the rule was changed',
  };
  return { resolution, resolution_text: texts[resolution] };
}

/** False for the end of an alert that was only ever pending: nobody was notified of its beginning. */
export function hasFired(annotations: Readonly<Record<string, string>>): boolean {
  return annotations.resolution !== ('never_fired' satisfies Resolution);
}
