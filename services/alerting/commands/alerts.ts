import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { Controls } from '../../../shared/alerting/controls.js';
import type { Matcher } from '../../../shared/alerting/matcher.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { CommandContext } from '../../../shared/process/context.js';
import type { AuditEntry } from '../../../shared/runners/audit-trail.js';
import { latestValues, writeControl } from '../../../shared/runners/control-records.js';
import { controlKey } from '../../../shared/wire/control-key.js';

/** Who decides something about alerts, and why. */
export interface Decision {
  /** Default: the user of this process. */
  readonly by?: string;
  readonly comment?: string;
  /** About alerts of this tenant only; default: of all. */
  readonly tenant?: string;
}

/** An alert with what people have decided about it. */
export interface ListedAlert {
  readonly alert: Alert;
  readonly acknowledged: boolean;
  readonly silenced: boolean;
}

/**
 * Alerts that are pending or firing, oldest first, and the silences in force.
 *
 * @param tenant only its alerts, and the silences that are about them
 */
export async function listAlerts(
  context: CommandContext,
  tenant?: string,
): Promise<{
  alerts: readonly ListedAlert[];
  silences: readonly AlertControl[];
  /** What is to be known of the silences: that one is ignored, or is about all alerts. */
  remarks: readonly string[];
}> {
  const now = systemClock.now();
  const records = await latestControls(context);
  const controls = new Controls();
  const isAbout = ({ tenantId }: Pick<AlertControl, 'tenantId'>, all: string) =>
    tenant === undefined || tenantId === tenant || tenantId === all;
  for (const [key, control] of records) if (isAbout(control, '')) controls.changed(key, control, now);
  const alerts = [...(await latestAlerts(context)).values()]
    .filter((alert) => isLive(alert) && isAbout(alert, tenant ?? ''))
    .sort((a, b) => a.startsAt - b.startsAt)
    .map((alert) => ({
      alert,
      acknowledged: controls.acknowledged(alert, alert.startsAt),
      silenced: controls.silenced(alert, now),
    }));
  const silences = [...records.values()].filter((one) => isInForce(one, now) && isAbout(one, ''));
  return { alerts, silences, remarks: controls.remarks(now) };
}

/** Suppresses the notifications of alerts that all matchers fit, for a while. */
export async function silence(
  context: CommandContext,
  matchers: readonly Matcher[],
  { forMs, ...decision }: Decision & { readonly forMs: Millis },
): Promise<AlertControl> {
  const now = systemClock.now();
  const control: AlertControl = {
    id: randomUUID().slice(0, 8),
    kind: 'silence',
    matchers: matchers.map(({ text }) => text),
    endsAt: now + forMs,
    ...signed(decision, now),
  };
  await write(context, controlKey.silence(control.id), control, 'alerts.silence');
  return control;
}

/**
 * Ends a silence.
 *
 * @returns false when none of that id is in force
 */
export async function unsilence(context: CommandContext, id: string): Promise<boolean> {
  const now = systemClock.now();
  const key = controlKey.silence(id);
  const control = (await latestControls(context)).get(key);
  if (control === undefined || !isInForce(control, now)) return false;
  await write(context, key, endedOf(control, now), 'alerts.unsilence');
  return true;
}

/**
 * Acknowledges an alert: somebody works on it, so it is neither repeated nor escalated until it is resolved.
 *
 * @returns null when none of that fingerprint, and of the tenant if one is named, is pending or firing
 */
export async function acknowledge(
  context: CommandContext,
  fingerprint: string,
  decision: Decision,
): Promise<Alert | null> {
  const now = systemClock.now();
  const alert = (await latestAlerts(context)).get(fingerprint);
  if (alert === undefined || !isLive(alert)) return null;
  const { tenantId: tenant } = alert;
  if (decision.tenant !== undefined && decision.tenant !== tenant) return null;
  const control: AlertControl = {
    ...{ id: fingerprint, kind: 'acknowledgement', matchers: [], endsAt: now },
    ...signed({ ...decision, tenant }, now),
  };
  await write(context, controlKey.acknowledgement(fingerprint), control, 'alerts.acknowledgement');
  return alert;
}

const isLive = ({ state }: Alert) => state !== 'resolved';
const isInForce = ({ kind, endsAt }: AlertControl, now: Millis) => kind === 'silence' && endsAt > now;

function signed(
  { by, comment = '', tenant: tenantId = '' }: Decision,
  now: Millis,
): Pick<AlertControl, 'author' | 'comment' | 'createdAt' | 'startsAt' | 'tenantId'> {
  return { author: by ?? userInfo().username, comment, createdAt: now, startsAt: now, tenantId };
}

function endedOf({ id, kind, tenantId }: AlertControl, now: Millis): AlertControl {
  const decision = tenantId === '' ? {} : { tenant: tenantId };
  return { id, kind, matchers: [], endsAt: now, ...signed(decision, now) };
}

/** What `audit` says of a decision. */
function entryOf(action: string, control: AlertControl): AuditEntry {
  const { kind, id, author: user, endsAt, comment, matchers, tenantId } = control;
  return {
    ...{ action, user, resource: `${kind}/${id}`, outcome: 'done' },
    tenantId: tenantId === '' ? ALL_TENANTS : tenantId,
    details: { comment, endsAt: isoTime(endsAt), matchers: matchers.join(' ') },
  };
}

async function write(
  context: CommandContext,
  key: string,
  control: AlertControl,
  action: string,
): Promise<void> {
  const changes = [{ topic: 'control.alerts', key, value: control } as const];
  await writeControl(context, { changes, entries: [entryOf(action, control)] });
}

const latestAlerts = (context: CommandContext) => latestValues(context, 'alerts');
const latestControls = (context: CommandContext) => latestValues(context, 'control.alerts');
