import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Access } from '../../../shared/ports/keys.js';
import type { Identity, IdentityProvider } from './identity-provider.js';
import { rolesOfClaim } from './identity-roles.js';
import type { PeopleAudit } from './people-audit.js';
import type { PeopleStore } from './people-store.js';
import type { Person } from './person.js';
import type { Sessions, Tokens } from './sessions.js';
import { nameKeyOf, USER_NAME_ALLOWED, userName } from './user-name.js';

/** Logins by an identity provider. A person is known by issuer and subject, never by a name that somebody can choose there. */
export class FederatedLogins {
  constructor(
    private readonly parts: {
      readonly provider: IdentityProvider;
      readonly store: PeopleStore;
      readonly sessions: Sessions;
      readonly audit: PeopleAudit;
      readonly clock: Clock;
      readonly nameClaim: string;
      readonly rolesClaim: string;
      /** As of `rolesOfClaim`. */
      readonly defaultRoles: string;
    },
  ) {}

  /** As of `IdentityProvider.begin`. */
  async begin(returnTo: string): Promise<{ readonly url: string; readonly pending: string }> {
    return await this.parts.provider.begin(returnTo);
  }

  /** Begins a session. @throws as of `IdentityProvider.finish` */
  async finish(
    query: string,
    pending: string | null,
    from: Access,
  ): Promise<Tokens & { readonly returnTo: string }> {
    const { provider, sessions, audit } = this.parts;
    try {
      const { returnTo, ...identity } = await provider.finish(query, pending);
      const person = await this.#person(identity, from);
      return { ...(await sessions.begin(person, from)), returnTo };
    } catch (error) {
      if (error instanceof TactusError && error.code === 'TACTUS_LOGIN_REFUSED')
        audit.refused('login.oidc', null, from);
      throw error;
    }
  }

  async #person(identity: Identity, from: Access): Promise<Person> {
    const { store, audit, rolesClaim } = this.parts;
    const person = (await store.personByIdentity(identity)) ?? (await this.#add(identity, from));
    const roles = rolesOfClaim(identity.claims[rolesClaim]);
    if (roles === null || !(await store.setRoles(person.id, roles))) return person;
    audit.done('user.role', { ...person, roles }, `user/${person.id}`, from, { by: 'oidc' });
    return (await store.person(person.id)) ?? person;
  }

  async #add({ issuer, subject, claims }: Identity, from: Access): Promise<Person> {
    const { store, audit, clock, nameClaim, rolesClaim, defaultRoles } = this.parts;
    const claim = claims[nameClaim];
    const name = typeof claim === 'string' ? userName(claim) : null;
    if (name === null)
      throw new TactusError(
        'TACTUS_LOGIN_REFUSED',
        `the claim ${nameClaim} is no name of a user: ${USER_NAME_ALLOWED}`,
      );
    const roles = rolesOfClaim(claims[rolesClaim]) ?? rolesOfClaim(defaultRoles) ?? {};
    if (Object.keys(roles).length === 0)
      throw new TactusError(
        'TACTUS_LOGIN_REFUSED',
        'the identity provider knows this person, and gives them no role here',
      );
    const person = {
      id: randomUUID(),
      name,
      nameKey: nameKeyOf(name),
      passwordHash: null,
      roles,
      createdAt: clock.now(),
    };
    if (!(await store.add({ ...person, identity: { issuer, subject } })))
      throw new TactusError(
        'TACTUS_LOGIN_REFUSED',
        `there is another user ${JSON.stringify(name)} already, who does not log in so`,
      );
    const added = await store.person(person.id);
    if (added === null) throw new TactusError('TACTUS_LOGIN_REFUSED', 'this user is removed');
    audit.done('user.add', added, `user/${added.id}`, from, { by: 'oidc' });
    return added;
  }
}
