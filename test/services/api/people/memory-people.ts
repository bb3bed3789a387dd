import { MOST_USERS, tenantIsFull } from '../../../../services/api/people/most-users.js';
import type {
  NewPassword,
  NewPerson,
  NewSecondFactor,
  PeopleStore,
  PersonIdentity,
  Rotation,
} from '../../../../services/api/people/people-store.js';
import type {
  PeopleChange,
  Person,
  Session,
  StoredSigningKey,
} from '../../../../services/api/people/person.js';
import { type Role, type Roles, rolesProblem, tenantsGained } from '../../../../services/api/people/roles.js';
import type { Millis } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';

interface Stored extends Person {
  readonly nameKey: string;
  readonly step: number;
  readonly recovery: ReadonlySet<string>;
  readonly identity?: PersonIdentity;
}

interface StoredSession extends Session {
  readonly usedAt: Millis;
  readonly expiresAt: Millis;
}

/** People in memory, as the database has them. */
export class MemoryPeople implements PeopleStore {
  constructor(private readonly mostUsers = MOST_USERS) {}

  readonly #people = new Map<string, Stored>();
  readonly #sessions = new Map<string, StoredSession>();
  #keys: (StoredSigningKey & { readonly sealedBy: string })[] = [];
  #changes: PeopleChange[] = [];

  async personByName(nameKey: string): Promise<Person | null> {
    return [...this.#people.values()].find((one) => one.nameKey === nameKey) ?? null;
  }

  async person(id: string): Promise<Person | null> {
    return this.#people.get(id) ?? null;
  }

  async personByIdentity({ issuer, subject }: PersonIdentity): Promise<Person | null> {
    const found = [...this.#people.values()].find(
      ({ identity }) => identity?.issuer === issuer && identity.subject === subject,
    );
    return found ?? null;
  }

  async list(tenants: readonly string[] | '*', after: string | null, limit: number): Promise<Person[]> {
    return [...this.#people.values()]
      .filter(({ roles }) => tenants === '*' || tenants.some((tenant) => Object.hasOwn(roles, tenant)))
      .filter(({ nameKey }) => after === null || nameKey > after)
      .sort((a, b) => (a.nameKey < b.nameKey ? -1 : 1))
      .slice(0, limit);
  }

  async add(person: NewPerson): Promise<boolean> {
    requireRoles(person.roles);
    const taken = [...this.#people.values()].find(({ nameKey }) => nameKey === person.nameKey);
    if (taken !== undefined) return taken.id === person.id;
    if (person.identity !== undefined && (await this.personByIdentity(person.identity)) !== null)
      return false;
    this.#requireRoom(person.roles, {});
    this.#people.set(person.id, {
      ...{ isPasswordGiven: false, ...person, hasIdentity: person.identity !== undefined },
      ...{ totpSecret: null, totpPending: null, epoch: 0, lastLoginAt: null },
      ...{ step: 0, recovery: new Set<string>() },
    });
    return true;
  }

  async remove(id: string): Promise<boolean> {
    const person = this.#people.get(id);
    if (person === undefined) return false;
    this.#people.delete(id);
    this.#endSessions(id, null);
    this.#note({ userId: id, epoch: person.epoch + 1, sessionId: null });
    return true;
  }

  async setRole(id: string, tenantId: string, role: Role | null): Promise<boolean> {
    const person = this.#people.get(id);
    if (person === undefined || person.roles[tenantId] === (role ?? undefined)) return false;
    const { [tenantId]: _, ...others } = person.roles;
    const roles = role === null ? others : { ...others, [tenantId]: role };
    requireRoles(roles);
    this.#changeRoles(person, roles);
    return true;
  }

  async setRoles(id: string, roles: Roles): Promise<boolean> {
    requireRoles(roles);
    const sorted = (all: Roles) => JSON.stringify(Object.entries(all).sort());
    const person = this.#people.get(id);
    if (person === undefined || sorted(person.roles) === sorted(roles)) return false;
    this.#changeRoles(person, roles);
    return true;
  }

  async setPassword(
    id: string,
    { hash: passwordHash, isGiven: isPasswordGiven, epoch }: NewPassword,
    keepSessionId: string | null,
  ): Promise<boolean> {
    const person = this.#people.get(id);
    if (person === undefined || (epoch !== null && person.epoch !== epoch)) return false;
    this.#endSessions(id, keepSessionId);
    this.#change(id, { passwordHash, isPasswordGiven });
    return true;
  }

  async rehash(id: string, before: string, passwordHash: string): Promise<void> {
    const person = this.#people.get(id);
    if (person?.passwordHash === before) this.#people.set(id, { ...person, passwordHash });
  }

  async setPendingSecret(id: string, totpPending: Buffer): Promise<void> {
    const person = this.#people.get(id);
    if (person !== undefined) this.#people.set(id, { ...person, totpPending });
  }

  async setSecondFactor(
    id: string,
    factor: NewSecondFactor | null,
    keepSessionId: string | null,
  ): Promise<void> {
    this.#endSessions(id, keepSessionId);
    const recovery = new Set((factor?.recoveryHashes ?? []).map((hash) => hash.toString('hex')));
    const step = Math.max(this.#people.get(id)?.step ?? 0, factor?.step ?? 0);
    this.#change(id, { totpSecret: factor?.secret ?? null, totpPending: null, recovery, step });
  }

  async useStep(id: string, step: number): Promise<boolean> {
    const person = this.#people.get(id);
    if (person === undefined || person.step >= step) return false;
    this.#people.set(id, { ...person, step });
    return true;
  }

  async useRecoveryCode(id: string, hash: Buffer): Promise<boolean> {
    const person = this.#people.get(id);
    const text = hash.toString('hex');
    if (person?.recovery.has(text) !== true) return false;
    this.#people.set(id, {
      ...person,
      recovery: new Set([...person.recovery].filter((one) => one !== text)),
    });
    return true;
  }

  async begin(
    session: Session,
    { expiresAt, most, epoch }: { expiresAt: Millis; most: number; epoch: number },
  ): Promise<boolean> {
    const { userId, createdAt } = session;
    const person = this.#people.get(userId);
    if (person?.epoch !== epoch) return false;
    const others = this.#sessionsOf(userId).sort((a, b) => b.usedAt - a.usedAt);
    for (const { id } of others.slice(most - 1)) this.#sessions.delete(id);
    this.#sessions.set(session.id, { ...session, usedAt: createdAt, expiresAt });
    this.#people.set(userId, { ...person, lastLoginAt: createdAt });
    return true;
  }

  async rotate(id: string, generation: number, now: Millis, idleSince: Millis): Promise<Rotation> {
    const session = this.#sessions.get(id);
    if (session === undefined) return { outcome: 'gone' };
    if (session.generation !== generation) {
      await this.end(id);
      return { outcome: 'reused', userId: session.userId };
    }
    const person = this.#people.get(session.userId);
    if (person === undefined || session.expiresAt <= now || session.usedAt <= idleSince)
      return { outcome: 'gone' };
    this.#sessions.set(id, { ...session, generation: generation + 1, usedAt: now });
    const { userId, createdAt } = session;
    return { outcome: 'rotated', session: { id, userId, generation: generation + 1, createdAt }, person };
  }

  async end(id: string): Promise<string | null> {
    const session = this.#sessions.get(id);
    if (session === undefined) return null;
    this.#sessions.delete(id);
    this.#note({ userId: null, epoch: null, sessionId: id });
    return session.userId;
  }

  async endAll(userId: string): Promise<void> {
    this.#endSessions(userId, null);
    this.#change(userId, {});
  }

  async clean(now: Millis, idleSince: Millis): Promise<void> {
    for (const [id, { usedAt, expiresAt }] of this.#sessions)
      if (expiresAt < now || usedAt < idleSince) this.#sessions.delete(id);
  }

  async signingKeys(sealedBy: string): Promise<StoredSigningKey[]> {
    return this.#keys
      .filter((key) => key.sealedBy === sealedBy)
      .sort((a, b) => a.createdAt - b.createdAt)
      .map(({ id, publicKey, privateKey, createdAt }) => ({ id, publicKey, privateKey, createdAt }));
  }

  async rotateSigningKey(
    sealedBy: string,
    key: StoredSigningKey,
    unlessSince: Millis,
    keepSince: Millis,
  ): Promise<boolean> {
    const own = this.#keys.filter((one) => one.sealedBy === sealedBy);
    if (own.some(({ createdAt }) => createdAt > unlessSince)) return false;
    this.#keys = this.#keys.filter((one) => one.sealedBy !== sealedBy || one.createdAt >= keepSince);
    this.#keys.push({ ...key, sealedBy });
    this.#note({ userId: null, epoch: null, sessionId: null });
    return true;
  }

  async changesSince(version: number): Promise<{ version: number; changes: readonly PeopleChange[] }> {
    return { version: this.#changes.length, changes: this.#changes.slice(version) };
  }

  /** As after a restore of an earlier copy, whose changes are no more. */
  setBack(): void {
    this.#changes = [];
  }

  #sessionsOf(userId: string): StoredSession[] {
    return [...this.#sessions.values()].filter((session) => session.userId === userId);
  }

  #endSessions(userId: string, keep: string | null): void {
    for (const { id } of this.#sessionsOf(userId)) if (id !== keep) this.#sessions.delete(id);
  }

  #requireRoom(roles: Roles, before: Roles): void {
    for (const tenant of tenantsGained(roles, before))
      if (
        [...this.#people.values()].filter((one) => Object.hasOwn(one.roles, tenant)).length >= this.mostUsers
      )
        throw tenantIsFull(tenant, this.mostUsers);
  }

  #changeRoles(person: Stored, roles: Roles): void {
    this.#requireRoom(roles, person.roles);
    const isVoid =
      tenantsGained(roles, person.roles).length > 0 && person.isPasswordGiven && person.passwordHash !== null;
    if (isVoid) this.#endSessions(person.id, null);
    this.#change(person.id, isVoid ? { roles, passwordHash: null } : { roles });
  }

  #change(id: string, changed: Partial<Stored>): void {
    const person = this.#people.get(id);
    if (person === undefined) return;
    const epoch = person.epoch + 1;
    this.#people.set(id, { ...person, ...changed, epoch });
    this.#note({ userId: id, epoch, sessionId: null });
  }

  #note(change: PeopleChange): void {
    this.#changes.push(change);
  }
}

function requireRoles(roles: Person['roles']): void {
  const problem = rolesProblem(roles);
  if (problem !== null) throw new TactusError('TACTUS_FIELD_INVALID', problem);
}
