import { createHash } from 'node:crypto';
import type { Rule } from './rule.js';

/** Labels that every alert has; a rule cannot set them. */
export const RESERVED_LABELS: readonly string[] = ['alertname', 'tenant', 'metric', 'severity'];

/** The series that a window or an anomaly is about. */
export interface Subject {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The labels of an alert: name of the rule, tenant, metric (none if the rule joins several), severity, the
 * tags that it is grouped by, and the rule's own. An alert is always about one metric or one join, since all
 * that is known of either comes through one partition. A tag whose name is taken gets the prefix `exported_`, as
 * with Prometheus, so that no two series lose what tells them apart.
 */
export function alertLabels(rule: Rule, { tenantId, metric, tags }: Subject): Record<string, string> {
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
