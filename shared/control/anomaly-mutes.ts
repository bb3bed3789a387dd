import { randomUUID } from 'node:crypto';
import type { AlertControl } from '../../schemas/types.js';
import { isMute, type MutedSeries, mutedMatchers } from '../alerting/mutes.js';
import type { Millis } from '../core/clock.js';
import { controlKey } from '../wire/control-key.js';
import { signed, writeControl } from './alert-controls.js';
import type { ControlAccess } from './control-access.js';

/** A mute that is not written yet: of anomalies of some series of a tenant, from now on. */
export function plannedMute(
  access: Pick<ControlAccess, 'clock' | 'user'>,
  series: MutedSeries,
  {
    tenantId: tenant,
    forMs,
    comment,
  }: { readonly tenantId: string; readonly forMs: Millis; readonly comment: string },
): AlertControl {
  const now = access.clock.now();
  return {
    ...{ id: randomUUID().slice(0, 8), kind: 'acknowledgement', matchers: mutedMatchers(series) },
    ...signed(access, { tenant, comment }, now),
    endsAt: now + forMs,
  };
}

/** Puts a mute in force. */
export async function mute(access: ControlAccess, planned: AlertControl): Promise<void> {
  await writeControl(access, controlKey.mute(planned.id), planned, 'anomalies.mute');
}

/** The mutes of a tenant whose time is not over, oldest first. */
export async function mutesOf(access: ControlAccess, tenantId: string): Promise<AlertControl[]> {
  const now = access.clock.now();
  return [...(await access.latest('control.alerts')).values()]
    .filter((one) => isMute(one) && one.tenantId === tenantId && one.endsAt > now)
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/** Ends a mute of a tenant. @returns false when there is none of that id whose time is not over */
export async function unmute(access: ControlAccess, id: string, tenantId: string): Promise<boolean> {
  const control = (await mutesOf(access, tenantId)).find((one) => one.id === id);
  if (control === undefined) return false;
  const now = access.clock.now();
  const ended: AlertControl = { ...control, ...signed(access, { tenant: tenantId }, now), endsAt: now };
  await writeControl(access, controlKey.mute(id), ended, 'anomalies.unmute');
  return true;
}
