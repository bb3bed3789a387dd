import { Type } from 'typebox';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { Person } from '../people/person.js';
import { ROLES } from '../people/roles.js';

export const RoleField = Type.Union(ROLES.map((role) => Type.Literal(role)));

export const UserView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    roles: Type.Record(Type.String(), RoleField, { description: 'By tenant; `*` is all' }),
    secondFactor: Type.Boolean(),
    createdAt: Type.String({ format: 'date-time' }),
    lastLoginAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  },
  { title: 'User' },
);

/** @param tenantId the only tenant whose role is shown; null for all, to the person themselves */
export function userView(
  { id, name, roles, totpSecret, createdAt, lastLoginAt }: Person,
  tenantId: string | null,
) {
  const shown =
    tenantId === null ? roles : Object.fromEntries(Object.entries(roles).filter(([one]) => one === tenantId));
  return {
    ...{ id, name, roles: shown, secondFactor: totpSecret !== null, createdAt: isoTime(createdAt) },
    lastLoginAt: lastLoginAt === null ? null : isoTime(lastLoginAt),
  };
}
