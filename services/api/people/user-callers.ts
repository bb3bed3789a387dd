import type { Clock, Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { type Access, ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { Authenticator, Caller, Right } from '../access/caller.js';
import { type AccessClaims, isJwtForm, verifyAccessToken } from './access-token.js';
import type { PeopleAudit } from './people-audit.js';
import type { Revocations } from './revocations.js';
import { rolesAllow, tenantsAllowed } from './roles.js';
import type { SigningKeys } from './signing-keys.js';

/** People as callers, by their access tokens: what their roles allow, for as long as neither they nor their session is revoked. */
export class UserCallers implements Authenticator {
  constructor(
    private readonly parts: {
      readonly keys: SigningKeys;
      readonly revocations: Revocations;
      readonly audit: PeopleAudit;
      readonly clock: Clock;
    },
  ) {}

  /** @throws TactusError `TACTUS_DATABASE_UNAVAILABLE` where nobody knows any more who is revoked */
  authenticate(presented: string, access: Access): UserCaller | null {
    if (!isJwtForm(presented)) return null;
    const { keys, revocations, clock } = this.parts;
    const now = clock.now();
    const claims = verifyAccessToken(presented, keys, now);
    if (claims === null)
      return this.#refuse(
        'token.invalid',
        null,
        access,
        'the access token has expired, or was not issued here',
      );
    if (revocations.isStale(now))
      throw new TactusError(
        'TACTUS_DATABASE_UNAVAILABLE',
        'whether the access token is revoked cannot be known: the database has not answered for too long',
      );
    if (!revocations.allow(claims))
      return this.#refuse(
        'token.revoked',
        claims.name,
        access,
        'the access token is revoked: refresh it, or log in again',
      );
    return new UserCaller(claims, revocations);
  }

  #refuse(reason: string, name: string | null, access: Access, message: string): never {
    this.parts.audit.refused(reason, name, access);
    throw new TactusError('TACTUS_CREDENTIALS_REFUSED', message);
  }
}

/** A person with an access token. */
export class UserCaller implements Caller {
  readonly kind = 'user';

  constructor(
    private readonly claims: AccessClaims,
    private readonly revocations: Revocations,
  ) {}

  get id(): string {
    return this.claims.userId;
  }

  get name(): string {
    return this.claims.name;
  }

  get sessionId(): string {
    return this.claims.sessionId;
  }

  get expiresAt(): Millis {
    return this.claims.expiresAt;
  }

  /** The only tenant that there is a role for; otherwise one has to be named. */
  get tenantId(): string {
    const tenants = Object.keys(this.claims.roles);
    return tenants.length === 1 ? (tenants[0] ?? ALL_TENANTS) : ALL_TENANTS;
  }

  may(right: Right, tenantId: string): boolean {
    return rolesAllow(this.claims.roles, right, tenantId);
  }

  tenants(right: Right): readonly string[] | typeof ALL_TENANTS {
    return tenantsAllowed(this.claims.roles, right);
  }

  inForce(now: Millis): boolean {
    // As a new request is refused then: a socket must not outlive the knowledge of who is revoked.
    if (this.revocations.isStale(now)) return false;
    return now < this.claims.expiresAt && this.revocations.allow(this.claims);
  }
}
