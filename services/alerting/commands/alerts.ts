import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { latestValues, writeControl } from '../../../shared/runners/control-records.js';
import { Controls, controlKey } from '../notify/controls.js';
import type { Matcher } from '../notify/routing.js';

/** Who decides something about alerts, and why. */
export interface Decision {
  /** Default: the user of this process. */
  readonly by?: string;
  readonly comment?: string;
}

/** An alert with what people have decided about it. */
export interface ListedAlert {
  readonly alert: Alert;
  readonly acknowledged: boolean;
  readonly silenced: boolean;
}

/** Alerts that are pending or firing, oldest first, and the silences in force. */
export async function listAlerts(context: CommandContext): Promise<{
  alerts: readonly ListedAlert[];
  silences: readonly AlertControl[];
  /** What is to be known of the silences: that one is ignored, or is about all alerts. */
  remarks: readonly string[];
}> {
  const now = systemClock.now();
  const records = await latestControls(context);
  const controls = new Controls();
  for (const [key, control] of records) controls.changed(key, control, now);
  const alerts = [...(await latestAlerts(context)).values()]
    .filter(isLive)
    .sort((a, b) => a.startsAt - b.startsAt)
    .map((alert) => ({
      alert,
      acknowledged: controls.acknowledged(alert, alert.startsAt),
      silenced: controls.silenced(alert.labels, now),
    }));
  const silences = [...records.values()].filter((control) => isInForce(control, now));
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
  await write(context, controlKey.silence(control.id), control);
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
  await write(context, key, { id, kind: 'silence', matchers: [], endsAt: now, ...signed({}, now) });
  return true;
}

/**
 * Acknowledges an alert: somebody works on it, so it is neither repeated nor escalated until it is resolved.
 *
 * @returns null when none of that fingerprint is pending or firing
 */
export async function acknowledge(
  context: CommandContext,
  fingerprint: string,
  decision: Decision,
): Promise<Alert | null> {
  const now = systemClock.now();
  const alert = (await latestAlerts(context)).get(fingerprint);
  if (alert === undefined || !isLive(alert)) return null;
  await write(context, controlKey.acknowledgement(fingerprint), {
    id: fingerprint,
    kind: 'acknowledgement',
    matchers: [],
    endsAt: now,
    ...signed(decision, now),
  });
  return alert;
}

const isLive = ({ state }: Alert) => state !== 'resolved';
const isInForce = ({ kind, endsAt }: AlertControl, now: Millis) => kind === 'silence' && endsAt > now;

function signed(
  { by, comment = '' }: Decision,
  now: Millis,
): Pick<AlertControl, 'author' | 'comment' | 'createdAt' | 'startsAt'> {
  return { author: by ?? userInfo().username, comment, createdAt: now, startsAt: now };
}

async function write(context: CommandContext, key: string, control: AlertControl): Promise<void> {
  const { kind, id, author, endsAt, comment } = control;
  const tenantId = '';
  await writeControl(
    context,
    [{ topic: 'control.alerts', key, value: control }],
    [
      {
        ...{ tenantId, action: `alerts.${kind}`, user: author, resource: `${kind}/${id}`, outcome: 'done' },
        details: { comment, endsAt: isoTime(endsAt), matchers: control.matchers.join(' ') },
      },
    ],
  );
}

const latestAlerts = (context: CommandContext) => latestValues(context, 'alerts');
const latestControls = (context: CommandContext) => latestValues(context, 'control.alerts');
