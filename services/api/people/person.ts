import type { Millis } from '../../../shared/core/clock.js';
import type { Roles } from './roles.js';

/** A user, as the database has it. */
export interface Person {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** Null for who has none and logs in elsewhere. */
  readonly passwordHash: string | null;
  /** The admin of some tenants has set the password, and may know it: a role in another tenant voids it. */
  readonly isPasswordGiven: boolean;
  /** Logs in by an identity provider. */
  readonly hasIdentity: boolean;
  /** Encrypted secret of the second factor; null where it is off. */
  readonly totpSecret: Buffer | null;
  /** The same while its owner has not shown yet to have it. */
  readonly totpPending: Buffer | null;
  readonly roles: Roles;
  /** Access tokens with an earlier one are void. */
  readonly epoch: number;
  readonly createdAt: Millis;
  readonly lastLoginAt: Millis | null;
}

/** A login that goes on. */
export interface Session {
  /** UUID; the family of its refresh tokens. */
  readonly id: string;
  readonly userId: string;
  /** Number of the refresh token that is good. */
  readonly generation: number;
  readonly createdAt: Millis;
}

/** Something that ends access tokens, or a change of the signing keys where neither user nor session is named. */
export interface PeopleChange {
  readonly userId: string | null;
  /** Tokens of that user with an earlier epoch are void. */
  readonly epoch: number | null;
  readonly sessionId: string | null;
}

/** A key that access tokens are signed with, as it is stored. */
export interface StoredSigningKey {
  readonly id: string;
  readonly publicKey: Readonly<Record<string, unknown>>;
  /** Encrypted. */
  readonly privateKey: Buffer;
  readonly createdAt: Millis;
}
