import { randomUUID } from 'node:crypto';
import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { entryOf } from '../../../shared/control/audit-entry.js';
import { commandAccess } from '../../../shared/control/control-access.js';
import { systemClock } from '../../../shared/core/clock.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { retried } from '../../../shared/process/retried.js';
import { anyAdmin } from './first-admin.js';
import { type LinkStore, LoginLinks } from './login-links.js';
import { Passwords } from './passwords.js';
import { peopleSecret } from './people-secret.js';
import type { PeopleStore } from './people-store.js';
import type { Person } from './person.js';
import { PostgresLinks } from './postgres-links.js';
import { PostgresPeople } from './postgres-people.js';
import type { Role } from './roles.js';
import { type Enrolment, SecondFactor } from './second-factor.js';
import { nameKeyOf } from './user-name.js';

const STATEMENT_TIMEOUT_MS = 15_000;
const PAGE = 1_000;

/** What the commands `tactus users` do. All wait for servers, and write to `audit` what they have done. */
export class PeopleCommands {
  constructor(private readonly context: CommandContext) {}

  /** The user of that name, in whatever case; null where there is none. */
  async find(name: string): Promise<Person | null> {
    return await this.#with((store) => store.personByName(nameKeyOf(name)));
  }

  /** Everybody, by name, or who has a role in a tenant. */
  async list(tenantId?: string): Promise<Person[]> {
    const tenants = tenantId === undefined ? ALL_TENANTS : [tenantId, ALL_TENANTS];
    return await this.#with(async (store) => {
      const found: Person[] = [];
      for (;;) {
        const last = found.at(-1);
        const page = await store.list(tenants, last === undefined ? null : nameKeyOf(last.name), PAGE);
        found.push(...page);
        if (page.length < PAGE) return found;
      }
    });
  }

  /** As of {@link anyAdmin}. */
  async anyAdmin(): Promise<Person | null> {
    const { person, isAdded } = await this.#with((store) => anyAdmin(store, systemClock));
    if (person !== null && isAdded) await this.#wrote('user.add', ALL_TENANTS, person, { role: 'admin' });
    return person;
  }

  /** The code of a link that logs a user in; an earlier one is void. */
  async makeLink(person: Person): Promise<string> {
    const code = await this.#with((store, links) =>
      new LoginLinks({ links, store, clock: systemClock }).make(person),
    );
    await this.#wroteInEach('user.link', person);
    return code;
  }

  /** Adds a user; false where the name is taken. */
  async add(wanted: { name: string; role: Role; tenant: string; password: string }): Promise<boolean> {
    const { name, role, tenant, password } = wanted;
    const passwordHash = await new Passwords().hash(password);
    const person = {
      ...{ id: randomUUID(), name, nameKey: nameKeyOf(name), passwordHash },
      ...{ roles: { [tenant]: role }, createdAt: systemClock.now() },
    };
    const added = await this.#with((store) => store.add(person));
    if (added) await this.#wrote('user.add', tenant, person, { role });
    return added;
  }

  /** Gives a user a role in a tenant, or takes it with null. False where that changes nothing. */
  async setRole(person: Person, tenant: string, role: Role | null): Promise<boolean> {
    const changed = await this.#with((store) => store.setRole(person.id, tenant, role));
    if (changed) await this.#wrote('user.role', tenant, person, { role: role ?? 'none' });
    return changed;
  }

  async remove(person: Person): Promise<void> {
    await this.#with((store) => store.remove(person.id));
    await this.#wroteInEach('user.remove', person);
  }

  async setPassword(person: Person, password: string): Promise<void> {
    const hash = await new Passwords().hash(password);
    await this.#with((store) => store.setPassword(person.id, { hash, isGiven: false, epoch: null }, null));
    await this.#wroteInEach('user.password', person);
  }

  /** Turns the second factor on, with a new secret. */
  async turnTotpOn(person: Person): Promise<Enrolment & { readonly recoveryCodes: readonly string[] }> {
    const secret = peopleSecret(this.context.config);
    const made = await this.#with((store) => new SecondFactor(store, secret).impose(person));
    await this.#wroteInEach('user.totp', person, { totp: 'on' });
    return made;
  }

  async turnTotpOff(person: Person): Promise<void> {
    await this.#with((store) => store.setSecondFactor(person.id, null, null));
    await this.#wroteInEach('user.totp', person, { totp: 'off' });
  }

  async #with<T>(work: (store: PeopleStore, links: LinkStore) => Promise<T>): Promise<T> {
    const pool = createPool({ ...this.context, name: 'users' }, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
    try {
      return await retried(this.context, () => work(new PostgresPeople(pool), new PostgresLinks(pool)));
    } finally {
      await pool.end();
    }
  }

  /** For what is about a person as a whole: each tenant where they have a role is to know. */
  async #wroteInEach(action: string, person: Person, details: Record<string, string> = {}): Promise<void> {
    const tenants = Object.keys(person.roles);
    await this.#write(tenants.length === 0 ? [''] : tenants, action, person, details);
  }

  async #wrote(
    action: string,
    tenant: string,
    person: Pick<Person, 'id' | 'name'>,
    details: Record<string, string>,
  ): Promise<void> {
    await this.#write([tenant], action, person, details);
  }

  async #write(
    tenants: readonly string[],
    action: string,
    { id, name }: Pick<Person, 'id' | 'name'>,
    details: Record<string, string>,
  ): Promise<void> {
    const access = commandAccess(this.context);
    const entries = tenants.map((tenant) =>
      entryOf(access, action, tenant, `user/${id}`, { name, ...details }),
    );
    await access.write({ changes: [], entries });
  }
}
