import type { Millis } from '../../../shared/core/clock.js';
import type { PeopleChange, Person, Session, StoredSigningKey } from './person.js';
import type { Role, Roles } from './roles.js';

/** What a new refresh token needs; or that a token was used before (`reused`), or that there is no such session. */
export type Rotation =
  | { readonly outcome: 'rotated'; readonly session: Session; readonly person: Person }
  | { readonly outcome: 'reused'; readonly userId: string }
  | { readonly outcome: 'gone' };

/**
 * Where people are kept. Every method does I/O and throws TactusError `TACTUS_DATABASE_UNAVAILABLE`, which is retriable. Each
 * change is one transaction; those that end access tokens are seen by {@link PeopleStore.changesSince}.
 */
export interface PeopleStore {
  /** @param nameKey as of `nameKeyOf` */
  personByName(nameKey: string): Promise<Person | null>;
  person(id: string): Promise<Person | null>;
  personByIdentity(identity: PersonIdentity): Promise<Person | null>;
  /**
   * People by name.
   *
   * @param tenants only those with a role in one of these, or in all; `*` for everybody
   * @param after name key of the one that the page begins behind; null for the first page
   */
  list(tenants: readonly string[] | '*', after: string | null, limit: number): Promise<Person[]>;

  /**
   * False where the name is taken.
   *
   * @throws TactusError `TACTUS_CONFLICT` where a tenant would have more users than it may, as changes of roles do too
   */
  add(person: NewPerson): Promise<boolean>;
  /** Ends their sessions. False where there is none. */
  remove(id: string): Promise<boolean>;
  /**
   * Gives a role, or takes the one there is with null. A role in one more tenant voids a password that was given, and ends the sessions:
   * the admin who gave it would be in that tenant too. False where that changes nothing.
   *
   * @throws as `rolesProblem` says
   */
  setRole(id: string, tenantId: string, role: Role | null): Promise<boolean>;
  /** Sets all roles, as {@link setRole} does one. False where they are the same. */
  setRoles(id: string, roles: Roles): Promise<boolean>;
  /** Sets the password and ends the sessions, but for the one named. False where there is no such user, or not of that epoch. */
  setPassword(id: string, password: NewPassword, keepSessionId: string | null): Promise<boolean>;
  /** Stores the same password, hashed anew; does nothing where it has changed meanwhile. */
  rehash(id: string, before: string, hash: string): Promise<void>;

  setPendingSecret(id: string, secret: Buffer): Promise<void>;
  /** Turns the second factor on, or off with null. Ends the sessions, but for the one named. */
  setSecondFactor(id: string, factor: NewSecondFactor | null, keepSessionId: string | null): Promise<void>;
  /** Notes that a code was used; false where that one, or a later one, was used before. */
  useStep(id: string, step: number): Promise<boolean>;
  /** Uses a recovery code up; false where it is none. */
  useRecoveryCode(id: string, hash: Buffer): Promise<boolean>;

  /**
   * Begins a session; ends the oldest where there would be more than `most` of the user. False, and none is begun, where `epoch` is not
   * the user's any more: the password that was right may have been replaced since.
   */
  begin(
    session: Session,
    of: { readonly expiresAt: Millis; readonly most: number; readonly epoch: number },
  ): Promise<boolean>;
  /** Replaces the refresh token `generation`, if it is the one that is good; ends the session if it was good before. */
  rotate(id: string, generation: number, now: Millis, idleSince: Millis): Promise<Rotation>;
  /** Ends a session; its user, or null where it has ended before. */
  end(id: string): Promise<string | null>;
  /** Ends all sessions of a user. */
  endAll(userId: string): Promise<void>;
  /** Removes sessions that can be used no more, and changes that are about no token any more. */
  clean(now: Millis, idleSince: Millis): Promise<void>;

  /** Those that the same secret has sealed, oldest first. */
  signingKeys(sealedBy: string): Promise<StoredSigningKey[]>;
  /** Adds a key unless there is one that was made since; removes those that were made before `keepSince`. False where it adds none. */
  rotateSigningKey(
    sealedBy: string,
    key: StoredSigningKey,
    unlessSince: Millis,
    keepSince: Millis,
  ): Promise<boolean>;

  /** All changes behind a version, in one query. `version` is the latest one, which is earlier after a restore. */
  changesSince(
    version: number,
  ): Promise<{ readonly version: number; readonly changes: readonly PeopleChange[] }>;
}

export interface NewPassword {
  readonly hash: string;
  /** As of `Person.isPasswordGiven`. */
  readonly isGiven: boolean;
  /** What the user must be of still; null for any. */
  readonly epoch: number | null;
}

export interface NewPerson {
  readonly id: string;
  readonly name: string;
  readonly nameKey: string;
  readonly passwordHash: string | null;
  /** As of `Person`; false where it is missing. */
  readonly isPasswordGiven?: boolean;
  readonly roles: Roles;
  readonly createdAt: Millis;
  readonly identity?: PersonIdentity;
}

/** Who a person is to an identity provider. */
export interface PersonIdentity {
  readonly issuer: string;
  readonly subject: string;
}

export interface NewSecondFactor {
  /** Encrypted. */
  readonly secret: Buffer;
  /** The last time step whose code must not be used. */
  readonly step: number;
  readonly recoveryHashes: readonly Buffer[];
}
