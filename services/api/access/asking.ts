import type { IncomingHttpHeaders } from 'node:http';
import { presentedKey } from '../../../shared/adapters/http/presented-key.js';
import { TactusError } from '../../../shared/core/errors.js';
import { type Access, ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { Authenticator, Caller, Right } from './caller.js';

/** Who asks, and for which tenant. */
export interface Asking {
  readonly caller: Caller;
  readonly tenantId: string;
}

/** What a caller needs for a route. */
export interface Need {
  readonly right: Right;
  /** Callers for several tenants need not name one. */
  readonly anyTenant: boolean;
  /** Those who have a link to a dashboard are let in too: whether it shows what they ask for is seen to afterwards. */
  readonly byLink?: boolean;
}

/** Takes down that a caller was refused. */
export type Refused = (caller: Caller, right: Right, tenantId: string, access: Access) => void;

/** As everywhere; the database takes no NUL in a text. */
const TENANT = /^[^|\p{Cc}]{1,256}$/u;
const NO_KEY =
  'the request presents neither a key nor a token; allowed are the headers "Authorization: Bearer KEY" (or Basic with it as password) and "X-Api-Key: KEY"; what the address has is not read';

/** Decides who asks and whether they may. */
export class Gatekeeper {
  /** @param authenticators asked in turn; the last takes every text */
  constructor(
    private readonly authenticators: readonly Authenticator[],
    private readonly refused: Refused,
  ) {}

  /** @throws TactusError `TACTUS_CREDENTIALS_REFUSED` */
  callerOf(headers: IncomingHttpHeaders, access: Access): Caller {
    const presented = presentedKey(headers);
    if (presented === null) throw new TactusError('TACTUS_CREDENTIALS_REFUSED', NO_KEY);
    return this.callerBy(presented, access);
  }

  /** @throws TactusError `TACTUS_CREDENTIALS_REFUSED` */
  callerBy(presented: string, access: Access): Caller {
    for (const one of this.authenticators) {
      const caller = one.authenticate(presented, access);
      if (caller !== null) return caller;
    }
    throw new TactusError('TACTUS_CREDENTIALS_REFUSED', 'the token is of no kind that is known here');
  }

  /**
   * Admits a request by what its route needs.
   *
   * @param named as {@link asking} takes them
   * @throws TactusError `TACTUS_NOT_ALLOWED`, `TACTUS_REQUEST_INVALID`
   */
  admit(
    caller: Caller,
    { right, anyTenant, byLink = false }: Need,
    named: readonly string[],
    access: Access,
  ): Asking {
    if (caller.kind === 'link' && !byLink) {
      this.refused(caller, right, caller.tenantId, access);
      throw new TactusError(
        'TACTUS_NOT_ALLOWED',
        'a link to a dashboard reads what the dashboard shows, and nothing else',
      );
    }
    return anyTenant && named.length === 0 && caller.tenants(right).length > 0
      ? { caller, tenantId: caller.tenantId }
      : this.asking(caller, right, named, access);
  }

  /**
   * @param named the tenants that the request names, in path, query or header: all the same one
   * @throws TactusError `TACTUS_NOT_ALLOWED`, `TACTUS_REQUEST_INVALID`
   */
  asking(caller: Caller, right: Right, named: readonly string[], access: Access): Asking {
    const [first] = named;
    const other = named.find((one) => one !== first);
    if (other !== undefined)
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        `tenantId: the request names two tenants, ${JSON.stringify(first)} and ${JSON.stringify(other)}; allowed is one`,
      );
    const tenantId = first ?? caller.tenantId;
    if (tenantId === ALL_TENANTS)
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        'tenantId: missing; it is needed, as a parameter or as the header X-Scope-OrgID, where a key or user is for several tenants',
      );
    if (!TENANT.test(tenantId))
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        `tenantId: must be 1 to 256 characters without control characters and without "|": value was ${JSON.stringify(tenantId.slice(0, 256))}`,
      );
    if (!caller.may(right, tenantId)) {
      this.refused(caller, right, tenantId, access);
      throw new TactusError(
        'TACTUS_NOT_ALLOWED',
        `${caller.name} may not ${right} for the tenant ${JSON.stringify(tenantId.slice(0, 256))}`,
      );
    }
    return { caller, tenantId };
  }
}
