import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import { RIGHTS, type Right } from '../access/caller.js';

/** What a person may do in a tenant: all; read and operate; read. */
export const ROLES = ['admin', 'operator', 'viewer'] as const;

export type Role = (typeof ROLES)[number];

/** The role of a person in each tenant that there is one for; {@link ALL_TENANTS} stands for every tenant. */
export type Roles = Readonly<Record<string, Role>>;

/** The right that includes all that a role may. */
const RIGHT_OF: Readonly<Record<Role, Right>> = { admin: 'admin', operator: 'operate', viewer: 'read' };

/** They are part of each access token, which is a header of each request. */
const MAX_BYTES = 4_096;

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** Whether roles include a right in a tenant. */
export function rolesAllow(roles: Roles, right: Right, tenantId: string): boolean {
  const includes = (tenant: string) =>
    Object.hasOwn(roles, tenant) && RIGHTS.indexOf(right) <= RIGHTS.indexOf(RIGHT_OF[roles[tenant] as Role]);
  return includes(tenantId) || includes(ALL_TENANTS);
}

/** The tenants in which roles include a right. */
export function tenantsAllowed(roles: Roles, right: Right): readonly string[] | typeof ALL_TENANTS {
  if (rolesAllow(roles, right, ALL_TENANTS)) return ALL_TENANTS;
  return Object.keys(roles).filter((tenant) => rolesAllow(roles, right, tenant));
}

/** Why a person cannot have these roles; null where it can. */
export function rolesProblem(roles: Roles): string | null {
  if (Buffer.byteLength(JSON.stringify(roles)) <= MAX_BYTES) return null;
  return `the roles of one person must fit into ${MAX_BYTES} bytes, which is 100 tenants or more with short ids: use the tenant ${ALL_TENANTS}, or several people`;
}

/** The tenants that there are roles in, and were none in before. */
export function tenantsGained(roles: Roles, before: Roles): string[] {
  return Object.keys(roles).filter((tenant) => !Object.hasOwn(before, tenant));
}
