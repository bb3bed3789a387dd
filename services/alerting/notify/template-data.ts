import type { Alert } from '../../../schemas/types.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { alertUrl, sentAlerts } from './alertmanager-payload.js';
import type { Notification } from './notification.js';
import type { TemplateValue } from './templates/values.js';
import { severityOf } from './text.js';

/** A notification as Alertmanager's templates have it. */
export function templateData(notification: Notification, externalUrl: string): TemplateValue {
  const { alerts, commonLabels, commonAnnotations } = sentAlerts(notification);
  const { channel, groupKey, groupLabels, status, truncated } = notification;
  return {
    ...{ Receiver: channel, Status: status, GroupKey: groupKey, GroupLabels: groupLabels },
    ...{ CommonLabels: commonLabels, CommonAnnotations: commonAnnotations },
    ...{ ExternalURL: externalUrl, Severity: severityOf(notification), TruncatedAlerts: truncated },
    Alerts: alerts.map((alert) => alertData(alert, externalUrl)),
  };
}

function alertData(alert: Alert, externalUrl: string): TemplateValue {
  const { state, labels, annotations, startsAt, endsAt, fingerprint, value, severity, tenantId } = alert;
  return {
    Status: state === 'resolved' ? 'resolved' : 'firing',
    ...{ Labels: labels, Annotations: annotations, Fingerprint: fingerprint },
    ...{ StartsAt: isoTime(startsAt), EndsAt: endsAt === null ? '' : isoTime(endsAt) },
    ...{ GeneratorURL: alertUrl(externalUrl, alert), Value: value, Severity: severity, Tenant: tenantId },
  };
}
