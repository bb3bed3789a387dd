import type { Alert } from '../../../schemas/types.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { Notification } from './notification.js';

/** How Go writes a time that is not set; Alertmanager sends it as `endsAt` while an alert fires. */
const NOT_SET = '0001-01-01T00:00:00Z';
/** Of a notification; the others are counted. */
export const MAX_ALERTS = 100;

/**
 * Alertmanager's webhook payload, version 4, so that what reads Alertmanager's posts reads these.
 *
 * @param externalUrl of the dashboard; empty where it is not known
 */
export function alertmanagerPayload(notification: Notification, externalUrl = ''): Record<string, unknown> {
  const { channel, groupKey, groupLabels, status, truncated } = notification;
  const { alerts, commonLabels, commonAnnotations } = sentAlerts(notification);
  return {
    version: '4',
    groupKey,
    truncatedAlerts: truncated,
    status,
    receiver: channel,
    groupLabels,
    commonLabels,
    commonAnnotations,
    externalURL: externalUrl,
    alerts: alerts.map((alert) => ({
      status: alert.state === 'resolved' ? 'resolved' : 'firing',
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: isoTime(alert.startsAt),
      endsAt: alert.endsAt === null ? NOT_SET : isoTime(alert.endsAt),
      generatorURL: alertUrl(externalUrl, alert),
      fingerprint: alert.fingerprint,
    })),
  };
}

type Labels = Record<string, string>;

/** The alerts that are sent, the firing ones first: of very many no others are looked at. */
export function firstAlerts({ firing, resolved }: Notification): readonly Alert[] {
  const first = firing.slice(0, MAX_ALERTS);
  return [...first, ...resolved.slice(0, MAX_ALERTS - first.length)];
}

/** The alerts that are sent, and what all of them share. */
export function sentAlerts(notification: Notification): {
  readonly alerts: readonly Alert[];
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
} {
  const alerts = firstAlerts(notification);
  return {
    alerts,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
  };
}

/** The page of an alert in the dashboard; empty where its address is not known. */
export function alertUrl(externalUrl: string, { fingerprint }: Pick<Alert, 'fingerprint'>): string {
  return externalUrl === '' ? '' : `${externalUrl}/alerts/${encodeURIComponent(fingerprint)}`;
}

/** The pairs that all of them share. */
function common(all: readonly Readonly<Labels>[]): Labels {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) =>
      others.every((other: Alert['labels']) => other[name] === value),
    ),
  );
}
