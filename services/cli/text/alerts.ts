import type { Alert, AlertControl } from '../../../schemas/types.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { ListedAlert } from '../../alerting/commands/alerts.js';
import { inOneLine, sentenceOf } from '../../alerting/notify/text.js';

/** An alert as one line of a list. */
export function alertLine({ alert, acknowledged, silenced }: ListedAlert): string {
  const { fingerprint, state, severity, tenantId, startsAt } = alert;
  const notes = `${acknowledged ? ' (acknowledged)' : ''}${silenced ? ' (silenced)' : ''}`;
  return `${fingerprint} ${state} ${severity} ${nameOf(alert)} of ${tenantId} since ${isoTime(startsAt)}${notes}: ${sentenceOf(alert)}`;
}

/** The name that matchers know: `rule` is an id, which begins with a hash of the tenant where the API has made it. */
function nameOf({ labels, rule }: Alert): string {
  return labels.alertname ?? rule;
}

/** A silence as one line of a list. */
export function silenceLine(silence: AlertControl): string {
  const { id, author, matchers, comment, tenantId } = silence;
  const whose = tenantId === '' ? '' : ` of tenant ${tenantId}`;
  return inOneLine(
    `silence ${id} ${silenceTime(silence)} by ${author}${whose}: ${matchers.join(' ')} ${comment}`,
  );
}

/** When a silence is in force: its start is said where that was not when it was made. */
export function silenceTime({ startsAt, createdAt, endsAt }: AlertControl): string {
  const until = `until ${isoTime(endsAt)}`;
  return startsAt > createdAt ? `from ${isoTime(startsAt)} ${until}` : until;
}

/** A change of an alert, as a backtest reports it: with the time at which it became pending or fired. */
export function changeLine(alert: Alert): string {
  const { state, severity, updatedAt, endsAt } = alert;
  return `${isoTime(endsAt ?? updatedAt)} ${state} ${severity} ${nameOf(alert)}: ${sentenceOf(alert)}`;
}

/** An alert as JSON: times as ISO 8601, and its sentence. */
export function alertJson(alert: Alert): object {
  const { startsAt, endsAt, updatedAt, ...rest } = alert;
  return {
    ...rest,
    startsAt: isoTime(startsAt),
    endsAt: endsAt === null ? null : isoTime(endsAt),
    updatedAt: isoTime(updatedAt),
    summary: sentenceOf(alert),
  };
}

/** A silence as JSON: times as ISO 8601. */
export function silenceJson(silence: AlertControl): object {
  const { id, matchers, startsAt, endsAt, author, comment, tenantId } = silence;
  const times = { startsAt: isoTime(startsAt), endsAt: isoTime(endsAt) };
  return { id, tenantId, matchers, ...times, author, comment };
}
