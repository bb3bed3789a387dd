import type { Millis } from '../../../shared/core/clock.js';
import type { Access, ALL_TENANTS } from '../../../shared/ports/keys.js';

/** What a request may do to a tenant's data; each includes those before it. */
export const RIGHTS = ['read', 'operate', 'admin'] as const;

export type Right = (typeof RIGHTS)[number];

/** Who asks. */
export interface Caller {
  /** `link` reads what one dashboard shows. */
  readonly kind: 'key' | 'user' | 'link';
  readonly id: string;
  /** For `audit` and for what is shown: `key:ID`, `link:ID`, or the user's name. */
  readonly name: string;
  /** The tenant that is meant where none is named; {@link ALL_TENANTS} where one has to be named. */
  readonly tenantId: string;
  may(right: Right, tenantId: string): boolean;
  /** The tenants for which the caller has a right; {@link ALL_TENANTS} for all of them. */
  tenants(right: Right): readonly string[] | typeof ALL_TENANTS;
  readonly expiresAt: Millis | null;
  /** False once the key, the user or the session has ended; never does I/O. */
  inForce(now: Millis): boolean;
}

/** Knows whom a presented text stands for. */
export interface Authenticator {
  /** @returns null for a text that is none of its kind; what is of its kind and not in force is thrown as `TACTUS_CREDENTIALS_REFUSED` */
  authenticate(presented: string, access: Access): Caller | null;
}
