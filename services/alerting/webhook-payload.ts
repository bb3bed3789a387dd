import type { Alert } from '../../schemas/types.js';

/** How Go writes a time that is not set; Alertmanager sends it as `endsAt` while an alert fires. */
const NOT_SET = '0001-01-01T00:00:00Z';

/**
 * One alert as Alertmanager's webhook payload, version 4: a group of its own, grouped by all of its
 * labels, so that what reads Alertmanager's posts reads these.
 */
export function webhookPayload(alert: Alert): Record<string, unknown> {
  const status = alert.state === 'resolved' ? 'resolved' : 'firing';
  const { labels, annotations, fingerprint } = alert;
  return {
    version: '4',
    groupKey: `{}:{${Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(', ')}}`,
    truncatedAlerts: 0,
    status,
    receiver: 'tactus',
    groupLabels: labels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: new Date(alert.startsAt).toISOString(),
        endsAt: alert.endsAt === null ? NOT_SET : new Date(alert.endsAt).toISOString(),
        generatorURL: '',
        fingerprint,
      },
    ],
  };
}
