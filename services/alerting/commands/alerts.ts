import type { Alert, AlertControl } from '../../../schemas/types.js';
import { Controls, hiddenBy } from '../../../shared/alerting/controls.js';
import type { Matcher } from '../../../shared/alerting/matcher.js';
import { acknowledge, type Decision, silencesOf } from '../../../shared/control/alert-controls.js';
import type { ControlAccess } from '../../../shared/control/control-access.js';

/** An alert with what people have decided about it. */
export interface ListedAlert {
  readonly alert: Alert;
  readonly acknowledged: boolean;
  readonly silenced: boolean;
}

/**
 * Alerts that are pending or firing, oldest first, and the silences whose time is not over.
 *
 * @param tenant only its alerts, and the silences that are about them
 */
export async function listAlerts(
  access: ControlAccess,
  tenant?: string,
): Promise<{
  alerts: readonly ListedAlert[];
  silences: readonly AlertControl[];
  /** What is to be known of the silences: that one is ignored, or is about all alerts. */
  remarks: readonly string[];
}> {
  const now = access.clock.now();
  const controls = new Controls();
  const isAbout = ({ tenantId }: Pick<AlertControl, 'tenantId'>) =>
    tenant === undefined || tenantId === tenant || tenantId === '';
  for (const [key, control] of await access.latest('control.alerts'))
    if (isAbout(control)) controls.changed(key, control, now);
  const alerts = (await liveAlerts(access))
    .filter(({ tenantId }) => tenant === undefined || tenantId === tenant)
    .map((alert) => ({
      alert,
      acknowledged: controls.acknowledged(alert, alert.startsAt),
      silenced: controls.silenced(alert, now),
    }));
  return { alerts, silences: (await silencesOf(access)).filter(isAbout), remarks: controls.remarks(now) };
}

/** The alerts that are pending or firing and that a silence hides while it lasts, oldest first. */
export async function previewSilence(
  access: ControlAccess,
  matchers: readonly Matcher[],
  { tenantId }: Pick<AlertControl, 'tenantId'>,
): Promise<Alert[]> {
  return hiddenBy({ matchers, tenantId }, await liveAlerts(access));
}

/**
 * Acknowledges an alert by its fingerprint.
 *
 * @returns null when none of that fingerprint, and of the tenant if one is named, is pending or firing
 */
export async function acknowledgeAlert(
  access: ControlAccess,
  fingerprint: string,
  decision: Decision,
): Promise<Alert | null> {
  const alert = (await liveAlerts(access)).find((one) => one.fingerprint === fingerprint);
  if (alert === undefined) return null;
  if (decision.tenant !== undefined && decision.tenant !== alert.tenantId) return null;
  await acknowledge(access, alert, decision);
  return alert;
}

async function liveAlerts(access: ControlAccess): Promise<Alert[]> {
  const alerts = [...(await access.latest('alerts')).values()];
  return alerts.filter(({ state }) => state !== 'resolved').sort((a, b) => a.startsAt - b.startsAt);
}
