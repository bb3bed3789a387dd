import { createHash } from 'node:crypto';
import type { Alert, AlertNotification } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { EndedAttempt, Suppressed, SuppressReason } from './notification.js';

/** Alerts of one notification that have a record; a message names fewer still. */
const MAX_RECORDED = 1_000;

/** Each time as often again: a channel that is away for a week leaves some ten records of an alert. */
const isRecorded = ({ outcome, attempts }: EndedAttempt) =>
  outcome !== 'failed' || Number.isInteger(Math.log2(attempts));

/** The records of an attempt, one for each alert. @returns also how many alerts have none, because there are too many */
export function attemptRecords(attempt: EndedAttempt): { records: AlertNotification[]; left: number } {
  if (!isRecorded(attempt)) return { records: [], left: 0 };
  const { notification, kind, outcome, attempts, at } = attempt;
  const { id, channel, escalation, firing, resolved } = notification;
  const recordOf = (status: AlertNotification['status']) => (alert: Alert) => ({
    ...aboutAlert(alert, at, [id, alert.fingerprint, outcome, attempts]),
    ...{ channel, kind, outcome, status, attempts, escalation, reason: null },
    error: outcome === 'delivered' ? null : 'TACTUS_NOTIFICATION_FAILED',
  });
  const records = [
    ...firing.slice(0, MAX_RECORDED).map(recordOf('firing')),
    ...resolved.slice(0, Math.max(0, MAX_RECORDED - firing.length)).map(recordOf('resolved')),
  ];
  return { records, left: firing.length + resolved.length - records.length };
}

export function suppressedRecord(suppressed: Suppressed, kind: string, at: Millis): AlertNotification {
  const { alert, groupKey, channel, escalation, reason } = suppressed;
  return {
    ...aboutAlert(alert, at, [groupKey, channel, alert.fingerprint, alert.startsAt, reason, at]),
    ...{ channel, kind, outcome: 'suppressed', status: 'firing', attempts: 0, escalation, reason },
    error: null,
  };
}

/** By fingerprint and channel, the reason that was given out. */
export type GivenOut = Map<string, Map<string, SuppressReason>>;

/** Suppressed alerts that are given out at once; further ones are when they are looked at next. */
const MAX_SUPPRESSED = 1_000;

/** Adds what a channel is not notified of, once for as long as the reason stays the same. @param reason null where it is notified */
export function noteSuppressed(
  known: GivenOut,
  about: Omit<Suppressed, 'reason'>,
  reason: SuppressReason | null,
  suppressed: Suppressed[],
): void {
  const { alert, channel } = about;
  const ofAlert = known.get(alert.fingerprint);
  if (reason === null) {
    ofAlert?.delete(channel);
    return;
  }
  if (ofAlert?.get(channel) === reason || suppressed.length >= MAX_SUPPRESSED) return;
  if (ofAlert === undefined) known.set(alert.fingerprint, new Map([[channel, reason]]));
  else ofAlert.set(channel, reason);
  suppressed.push({ ...about, reason });
}

function aboutAlert({ tenantId, fingerprint, startsAt }: Alert, at: Millis, identity: readonly unknown[]) {
  const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  return { id, tenantId, fingerprint, startsAt, at };
}
