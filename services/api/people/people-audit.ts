import type { Access } from '../../../shared/ports/keys.js';
import type { AuditTrail } from '../../../shared/runners/audit-trail.js';
import type { Caller } from '../access/caller.js';
import type { Person } from './person.js';
import type { PeopleTelemetry } from './telemetry.js';

/** Writes what people do, and what is refused to them, to `audit`: never what they have typed. */
export class PeopleAudit {
  constructor(
    private readonly trail: Pick<AuditTrail, 'done' | 'refusedTo'>,
    private readonly telemetry: Pick<PeopleTelemetry, 'begun' | 'refused'>,
  ) {}

  /** What a person has done for themselves. */
  done(
    action: string,
    person: Pick<Person, 'name' | 'roles'> | null,
    resource: string,
    { from }: Access,
    details: Readonly<Record<string, string>>,
  ): void {
    if (action === 'session.begin') this.telemetry.begun();
    const user = person === null ? '' : `user:${person.name}`;
    this.trail.done({
      action,
      user,
      tenantId: onlyTenant(person),
      resource,
      details: { from, ...details },
    });
  }

  /** What a caller has done with something of a tenant. */
  changed(
    action: string,
    caller: Caller,
    tenantId: string,
    resource: string,
    { from }: Access,
    details: Readonly<Record<string, string>>,
  ): void {
    this.trail.done({
      action,
      user: auditName(caller),
      tenantId,
      resource,
      details: { from, ...details },
    });
  }

  /**
   * @param reason one of few
   * @param name of a user that there is
   */
  refused(reason: string, name: string | null, access: Access): void {
    this.telemetry.refused(reason);
    const user = name === null ? '' : `user:${name}`;
    this.trail.refusedTo({ reason, action: 'login', user, tenantId: '' }, access);
  }
}

/** The tenant of a person who has a role in one; '' where there are several, or none. */
function onlyTenant(person: Pick<Person, 'roles'> | null): string {
  const tenants = Object.keys(person?.roles ?? {});
  return tenants.length === 1 ? (tenants[0] ?? '') : '';
}

/** Who a caller is to `audit`. */
export function auditName({ kind, name }: Pick<Caller, 'kind' | 'name'>): string {
  return kind === 'user' ? `user:${name}` : name;
}
