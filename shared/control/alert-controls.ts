import { randomUUID } from 'node:crypto';
import type { Alert, AlertControl } from '../../schemas/types.js';
import type { Matcher } from '../alerting/matcher.js';
import { isMute } from '../alerting/mutes.js';
import type { Millis } from '../core/clock.js';
import { isoTime } from '../core/iso-time.js';
import { formatDuration } from '../files/duration.js';
import { ALL_TENANTS } from '../ports/keys.js';
import { controlKey } from '../wire/control-key.js';
import { entryOf } from './audit-entry.js';
import type { ControlAccess } from './control-access.js';

/** Who decides something about alerts, and why. */
export interface Decision {
  /** Default: who acts. */
  readonly by?: string;
  readonly comment?: string;
  /** About alerts of this tenant only; default: of all. */
  readonly tenant?: string;
}

/** The time of a silence. */
export interface SilenceTime {
  /** Default, and where it is past: now. */
  readonly startsAt?: Millis;
  readonly forMs: Millis;
}

/** A silence that is not written yet: of alerts that all matchers fit. */
export function plannedSilence(
  access: Pick<ControlAccess, 'clock' | 'user'>,
  matchers: readonly Matcher[],
  { startsAt = 0, forMs, ...decision }: Decision & SilenceTime,
): AlertControl {
  const now = access.clock.now();
  const start = Math.max(now, startsAt);
  return {
    ...{ id: randomUUID().slice(0, 8), kind: 'silence', matchers: matchers.map(({ text }) => text) },
    ...signed(access, decision, now),
    ...{ startsAt: start, endsAt: start + forMs },
  };
}

/** What is to be of a silence that there is. */
export interface SilenceChange extends Pick<Decision, 'by' | 'comment'> {
  /** Default: as they are. */
  readonly matchers?: readonly Matcher[];
  /** Default, and where it is past: as it is, or now if it has not started. */
  readonly startsAt?: Millis;
  /** From now, or from its start where that is to come; default: it ends when it did. */
  readonly forMs?: Millis;
}

/** A silence as it is to be, not written yet; its time of making is that of the change. */
export function changedSilence(
  access: Pick<ControlAccess, 'clock' | 'user'>,
  before: AlertControl,
  { matchers, startsAt = 0, forMs, by, comment = before.comment }: SilenceChange,
): AlertControl {
  const now = access.clock.now();
  const from = startsAt === 0 ? before.startsAt : startsAt;
  const start = from > now ? from : Math.min(before.startsAt, now);
  const tenant = before.tenantId === '' ? {} : { tenant: before.tenantId };
  return {
    ...before,
    ...signed(access, { ...tenant, comment, ...(by !== undefined && { by }) }, now),
    matchers: matchers === undefined ? before.matchers : matchers.map(({ text }) => text),
    // Distinguishes its versions, even those of one millisecond.
    createdAt: Math.max(now, before.createdAt + 1),
    startsAt: start,
    endsAt: forMs === undefined ? before.endsAt : Math.max(now, start) + forMs,
  };
}

/** Why a silence that is planned may not last so long, in words; null where it may. */
export function tooLong(
  { config }: Pick<ControlAccess, 'config'>,
  { startsAt, endsAt }: Pick<AlertControl, 'startsAt' | 'endsAt'>,
  now: Millis,
): string | null {
  const { maxSilenceMs } = config.alerting;
  const ms = endsAt - Math.max(startsAt, now);
  if (ms <= 0) return 'it must end after it starts, and after now';
  if (ms <= maxSilenceMs) return null;
  return `a silence may last ${formatDuration(maxSilenceMs)} at most (TACTUS_ALERT_MAX_SILENCE_MS): ${formatDuration(ms)} is longer`;
}

/** Puts what is planned of a silence that there is in its place. */
export async function changeSilence(access: ControlAccess, planned: AlertControl): Promise<void> {
  await writeControl(access, controlKey.silence(planned.id), planned, 'alerts.silence_change');
}

/** Puts a silence in force: notifications of alerts that all its matchers fit are suppressed while it lasts. */
export async function silence(access: ControlAccess, planned: AlertControl): Promise<void> {
  await writeControl(access, controlKey.silence(planned.id), planned, 'alerts.silence');
}

/** The silences whose time is not over, by their ids, those that start later included. */
export async function silencesOf(access: ControlAccess): Promise<AlertControl[]> {
  const now = access.clock.now();
  const records = await access.latest('control.alerts');
  return [...records.values()].filter((one) => isInForce(one, now));
}

/**
 * Ends a silence, or takes back one that has not started.
 *
 * @param tenant only if it is about alerts of this tenant alone
 * @returns false when there is none of that id whose time is not over
 */
export async function unsilence(access: ControlAccess, id: string, tenant?: string): Promise<boolean> {
  const now = access.clock.now();
  const key = controlKey.silence(id);
  const control = (await access.latest('control.alerts')).get(key);
  if (control === undefined || !isInForce(control, now)) return false;
  if (tenant !== undefined && control.tenantId !== tenant) return false;
  const decision = control.tenantId === '' ? {} : { tenant: control.tenantId };
  const ended: AlertControl = {
    ...{ id: control.id, kind: 'silence', matchers: [], endsAt: now },
    ...signed(access, decision, now),
  };
  await writeControl(access, key, ended, 'alerts.unsilence');
  return true;
}

/** Acknowledges an alert: somebody works on it, so it is neither repeated nor escalated until it is resolved. */
export async function acknowledge(
  access: ControlAccess,
  { fingerprint, tenantId: tenant }: Pick<Alert, 'fingerprint' | 'tenantId'>,
  decision: Decision,
): Promise<AlertControl> {
  const now = access.clock.now();
  const control: AlertControl = {
    ...{ id: fingerprint, kind: 'acknowledgement', matchers: [], endsAt: now },
    ...signed(access, { ...decision, tenant }, now),
  };
  await writeControl(access, controlKey.acknowledgement(fingerprint), control, 'alerts.acknowledgement');
  return control;
}

const isInForce = ({ kind, endsAt }: AlertControl, now: Millis) => kind === 'silence' && endsAt > now;

/** What a record says of who has decided it, and of when. */
export function signed(
  { user }: Pick<ControlAccess, 'user'>,
  { by, comment = '', tenant: tenantId = '' }: Decision,
  now: Millis,
): Pick<AlertControl, 'author' | 'comment' | 'createdAt' | 'startsAt' | 'tenantId'> {
  return { author: by ?? user, comment, createdAt: now, startsAt: now, tenantId };
}

/** Writes a decision, and in `audit` who made it. */
export async function writeControl(
  access: ControlAccess,
  key: string,
  control: AlertControl,
  action: string,
): Promise<void> {
  const { kind, id, author, startsAt, endsAt, comment, matchers, tenantId } = control;
  const times = { startsAt: isoTime(startsAt), endsAt: isoTime(endsAt) };
  const details = { comment, ...times, matchers: matchers.join(' ') };
  const about = tenantId === '' ? ALL_TENANTS : tenantId;
  await access.write({
    changes: [{ topic: 'control.alerts', key, value: control }],
    entries: [entryOf({ user: author }, action, about, `${isMute(control) ? 'mute' : kind}/${id}`, details)],
  });
}
