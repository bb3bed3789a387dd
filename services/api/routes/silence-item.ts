import { Type } from 'typebox';
import type { AlertControl } from '../../../schemas/types.js';
import { silencesOf } from '../../../shared/control/alert-controls.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { Asking } from '../access/asking.js';
import { type Acting, accessFor } from '../acting/acting.js';
import { etagOf } from './if-match.js';
import { Time } from './requests.js';

export const Silence = Type.Object(
  {
    id: Type.String(),
    tenantId: Type.Union([Type.String(), Type.Null()], { description: 'Null: of all tenants' }),
    matchers: Type.Array(Type.String()),
    ...{ startsAt: Time, endsAt: Time },
    createdAt: Type.String({ format: 'date-time', description: 'When it was made, or last changed' }),
    by: Type.String({ description: 'Who made it, or last changed it' }),
    comment: Type.String(),
    etag: Type.String({ description: 'Of this version: a change of it is sent with it as If-Match' }),
    active: Type.Boolean({ description: 'False for one that starts later' }),
  },
  { title: 'Silence' },
);

/** A silence as it is answered. */
export function silenceItem(control: AlertControl, now: number) {
  const { id, tenantId, matchers, author, startsAt, endsAt, createdAt, comment } = control;
  return {
    ...{ id, tenantId: tenantId === '' ? null : tenantId, matchers },
    ...{ startsAt: isoTime(startsAt), endsAt: isoTime(endsAt), createdAt: isoTime(createdAt) },
    ...{ by: author, comment, etag: etagOf(createdAt), active: startsAt <= now },
  };
}

/** Silences of the tenant, oldest first; of all tenants only for who may see all, since they may name others. */
export async function visibleSilences(
  acting: Pick<Acting, 'control'>,
  { caller, tenantId }: Asking,
): Promise<AlertControl[]> {
  return (await silencesOf(accessFor(acting, caller)))
    .filter(
      (one) => one.tenantId === tenantId || (one.tenantId === '' && caller.tenants('read') === ALL_TENANTS),
    )
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}
