import type { Alert } from '../../api/operations.js';
import { SEVERITIES } from '../../api/vocabulary.js';

/** How many fire, the gravest first; those that somebody has acknowledged or silenced are not counted. */
export function bySeverity(alerts: readonly Alert[]): Readonly<Record<string, number>> {
  const open = alerts.filter(({ acknowledged, silenced }) => !acknowledged && !silenced);
  return Object.fromEntries(
    SEVERITIES.map(
      (severity) => [severity, open.filter((alert) => alert.severity === severity).length] as const,
    ).filter(([, many]) => many > 0),
  );
}
