import { isRole, type Role, type Roles } from './roles.js';

/** Of TENANT:ROLE; a tenant may contain colons. */
const FORM = /^(?<tenant>[^|\p{Cc}]{1,256}):(?<role>[a-z]+)$/u;

/** The roles that a claim gives; null where it is none. What is not TENANT:ROLE gives none. */
export function rolesOfClaim(claim: unknown): Roles | null {
  if (typeof claim !== 'string' && !Array.isArray(claim)) return null;
  const texts: unknown[] = typeof claim === 'string' ? claim.split(',') : claim;
  const found = texts.flatMap((text): [string, Role][] => {
    const { tenant = '', role = '' } =
      (typeof text === 'string' ? FORM.exec(text.trim())?.groups : undefined) ?? {};
    return isRole(role) ? [[tenant, role]] : [];
  });
  return Object.fromEntries(found);
}
