import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';

/*
 * What requests of several groups of routes have in common.
 */

export const Time = Type.String({ format: 'date-time' });

/** As who asks is admitted for it; an empty one is none. */
const TENANT = { maxLength: 256, pattern: '^[^|\\u0000-\\u001f\\u007f-\\u009f]*$' };

const TenantId = Type.Optional(
  Type.String({
    ...TENANT,
    description:
      'Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead',
  }),
);

/** Of requests that name nothing but their tenant. */
export const TenantQuery = Type.Object({ tenantId: TenantId }, { additionalProperties: false });

/** Of requests that change something. */
export const WriteHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      ...{ minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
      description: 'Done once however often it is sent: repetitions are answered as the first was, for a day',
    }),
  ),
});

/** Path with a tenant. */
export const TenantPath = Type.Object({ tenantId: Type.String({ minLength: 1, ...TENANT }) });

/** Path with an id. */
export const IdPath = Type.Object({ id: Type.String({ maxLength: 256 }) });

export const Nothing = Type.Null({ description: 'Done' });

/** @throws TactusError `TACTUS_NOT_FOUND` */
export function found<T>(value: T | null | undefined, what: string, id: string): T {
  if (value !== null && value !== undefined) return value;
  throw new TactusError(
    'TACTUS_NOT_FOUND',
    `there is no ${what} ${JSON.stringify(id.slice(0, 256))} of this tenant`,
  );
}
