import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { type Access, ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { Caller } from '../access/caller.js';
import { HttpProblem } from '../http/problem.js';
import { isAllowedPassword, PASSWORD_ALLOWED, type Passwords } from './passwords.js';
import type { PeopleAudit } from './people-audit.js';
import type { PeopleStore } from './people-store.js';
import type { Person } from './person.js';
import type { Role } from './roles.js';
import { nameKeyOf, USER_NAME_ALLOWED, userName } from './user-name.js';

export interface NewUser {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
}

/**
 * What the admin of a tenant does with people: with their role in that tenant, and, only where they have roles in no other one than the
 * admin is admin of, with the person as a whole. Otherwise the admin of one tenant would log in as somebody of another by a new password.
 */
export class UserAdmin {
  constructor(
    private readonly parts: {
      readonly store: PeopleStore;
      readonly passwords: Passwords;
      readonly audit: PeopleAudit;
      readonly clock: Clock;
    },
  ) {}

  /** People with a role in the tenant, by name. */
  async list(tenantId: string, after: string | null, limit: number): Promise<Person[]> {
    // The only character that no text of the database has.
    if (after?.includes('\0') === true)
      throw new TactusError('TACTUS_REQUEST_INVALID', 'cursor: is none of this list');
    return await this.parts.store.list([tenantId], after, limit);
  }

  /** @throws HttpProblem 404 for who has no role in the tenant */
  async find(tenantId: string, id: string): Promise<Person> {
    const person = await this.parts.store.person(id);
    if (person !== null && Object.hasOwn(person.roles, tenantId)) return person;
    throw new TactusError('TACTUS_NOT_FOUND', `there is no user ${JSON.stringify(id)} in this tenant`);
  }

  async add(caller: Caller, tenantId: string, user: NewUser, from: Access): Promise<Person> {
    const { store, passwords, clock } = this.parts;
    const name = userName(user.name);
    if (name === null) throw new TactusError('TACTUS_REQUEST_INVALID', `name: must be ${USER_NAME_ALLOWED}`);
    if (!isAllowedPassword(user.password, name))
      throw new TactusError('TACTUS_REQUEST_INVALID', `password: ${PASSWORD_ALLOWED}`);
    const person = {
      ...{ id: randomUUID(), name, nameKey: nameKeyOf(name), roles: { [tenantId]: user.role } },
      ...{ passwordHash: await passwords.hash(user.password), createdAt: clock.now() },
      isPasswordGiven: isGivenBy(caller),
    };
    if (!(await store.add(person)))
      throw new HttpProblem(409, 'TACTUS_CONFLICT', `name: there is a user ${JSON.stringify(name)} already`);
    this.#wrote(caller, 'user.add', tenantId, person, from, { role: user.role });
    return await this.find(tenantId, person.id);
  }

  async setRole(caller: Caller, tenantId: string, id: string, role: Role, from: Access): Promise<Person> {
    const person = await this.find(tenantId, id);
    if (await this.parts.store.setRole(id, tenantId, role))
      this.#wrote(caller, 'user.role', tenantId, person, from, { role });
    return await this.find(tenantId, id);
  }

  /**
   * @throws TactusError `TACTUS_NOT_ALLOWED` where the person has roles elsewhere, or logs in by an identity provider; HttpProblem 409 where
   *   the person was changed meanwhile
   */
  async setPassword(
    caller: Caller,
    tenantId: string,
    id: string,
    password: string,
    from: Access,
  ): Promise<void> {
    const { store, passwords } = this.parts;
    const person = await this.#whole(caller, tenantId, id);
    if (!isAllowedPassword(password, person.name))
      throw new TactusError('TACTUS_REQUEST_INVALID', `password: ${PASSWORD_ALLOWED}`);
    if (person.hasIdentity)
      throw new TactusError(
        'TACTUS_NOT_ALLOWED',
        'this user logs in by the identity provider: a password would be a way past it',
      );
    const hash = await passwords.hash(password);
    // A role in another tenant may have been added since it was seen that there is none.
    if (!(await store.setPassword(id, { hash, isGiven: isGivenBy(caller), epoch: person.epoch }, null)))
      throw new HttpProblem(409, 'TACTUS_CONFLICT', 'this user was changed just now: try again');
    this.#wrote(caller, 'user.password', tenantId, person, from, {});
  }

  /** Turns the second factor of who has lost it off. @throws as {@link setPassword} */
  async removeTotp(caller: Caller, tenantId: string, id: string, from: Access): Promise<void> {
    const person = await this.#whole(caller, tenantId, id);
    await this.parts.store.setSecondFactor(id, null, null);
    this.#wrote(caller, 'user.totp', tenantId, person, from, { totp: 'off' });
  }

  /** Ends all sessions of a person. @throws as {@link setPassword} */
  async endSessions(caller: Caller, tenantId: string, id: string, from: Access): Promise<void> {
    const person = await this.#whole(caller, tenantId, id);
    await this.parts.store.endAll(id);
    this.#wrote(caller, 'session.end', tenantId, person, from, { reason: 'admin' });
  }

  /** Takes the role in the tenant, and removes who has none elsewhere. */
  async remove(caller: Caller, tenantId: string, id: string, from: Access): Promise<void> {
    const person = await this.find(tenantId, id);
    const isOnly = Object.keys(person.roles).every((tenant) => tenant === tenantId);
    if (isOnly) {
      await this.parts.store.remove(id);
      this.#wrote(caller, 'user.remove', tenantId, person, from, {});
    } else if (await this.parts.store.setRole(id, tenantId, null))
      this.#wrote(caller, 'user.role', tenantId, person, from, { role: 'none' });
  }

  async #whole(caller: Caller, tenantId: string, id: string): Promise<Person> {
    const person = await this.find(tenantId, id);
    if (Object.keys(person.roles).every((tenant) => caller.may('admin', tenant))) return person;
    throw new TactusError(
      'TACTUS_NOT_ALLOWED',
      'this user has a role in another tenant too: only an admin of all of these may do this',
    );
  }

  #wrote(
    caller: Caller,
    action: string,
    tenantId: string,
    { id, name }: Pick<Person, 'id' | 'name'>,
    from: Access,
    details: Readonly<Record<string, string>>,
  ): void {
    this.parts.audit.changed(action, caller, tenantId, `user/${id}`, from, { name, ...details });
  }
}

/** An admin of all tenants is in each that the user may come into anyway. */
function isGivenBy(caller: Caller): boolean {
  return !caller.may('admin', ALL_TENANTS);
}
