import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Access } from '../../../shared/ports/keys.js';
import type { CodeLimits } from './code-limits.js';
import { LoginLimited } from './login-limited.js';
import { isAllowedPassword, PASSWORD_ALLOWED, type Passwords } from './passwords.js';
import type { PeopleAudit } from './people-audit.js';
import type { PeopleStore } from './people-store.js';
import type { Person } from './person.js';
import type { Enrolment, SecondFactor } from './second-factor.js';

/** A person who has shown an access token, and the session of it. */
export interface LoggedIn {
  readonly id: string;
  readonly sessionId: string;
}

/**
 * What people change of themselves. Each change needs the password again: an access token that was taken changes nothing for good. All
 * other sessions end with it.
 */
export class OwnAccount {
  constructor(
    private readonly parts: {
      readonly store: PeopleStore;
      readonly passwords: Passwords;
      readonly secondFactor: SecondFactor;
      readonly codeLimits: CodeLimits;
      /** Of passwords. Not those of codes: who has the password must not get more codes by it. */
      readonly passwordLimits: CodeLimits;
      readonly audit: PeopleAudit;
      readonly clock: Clock;
    },
  ) {}

  async person({ id }: Pick<LoggedIn, 'id'>): Promise<Person> {
    const person = await this.parts.store.person(id);
    if (person === null) throw new TactusError('TACTUS_CREDENTIALS_REFUSED', 'this user is removed');
    return person;
  }

  async setPassword(own: LoggedIn, before: string, password: string, from: Access): Promise<void> {
    const { store, passwords, audit } = this.parts;
    const person = await this.#confirmed(own, before, from);
    if (!isAllowedPassword(password, person.name))
      throw new TactusError('TACTUS_REQUEST_INVALID', `newPassword: ${PASSWORD_ALLOWED}`);
    const hash = await passwords.hash(password);
    await store.setPassword(person.id, { hash, isGiven: false, epoch: null }, own.sessionId);
    audit.done('user.password', person, `user/${person.id}`, from, {});
  }

  async prepareTotp(own: LoggedIn, password: string, from: Access): Promise<Enrolment> {
    return await this.parts.secondFactor.prepare(await this.#confirmed(own, password, from));
  }

  /** @returns recovery codes */
  async confirmTotp(own: LoggedIn, code: string, from: Access): Promise<string[]> {
    const { secondFactor, codeLimits, audit, clock } = this.parts;
    const person = await this.person(own);
    this.#limit(codeLimits, person, from);
    const codes = await secondFactor.confirm(person, code, clock.now(), own.sessionId);
    if (codes === null)
      return this.#refuse('totp.code', person, from, 'code: is not of the secret that was prepared');
    codeLimits.succeeded(person.id);
    audit.done('user.totp', person, `user/${person.id}`, from, { totp: 'on' });
    return codes;
  }

  async removeTotp(own: LoggedIn, password: string, code: string, from: Access): Promise<void> {
    const { store, secondFactor, codeLimits, audit, clock } = this.parts;
    const person = await this.person(own);
    // Before the password, so that as many at once as one likes are no more codes than are free.
    if (person.totpSecret !== null) this.#limit(codeLimits, person, from);
    await this.#confirm(person, password, from);
    if (person.totpSecret === null) return;
    if (!(await secondFactor.use(person, code, clock.now())))
      return this.#refuse('totp.code', person, from, 'code: is wrong, or was used before');
    codeLimits.succeeded(person.id);
    await store.setSecondFactor(person.id, null, own.sessionId);
    audit.done('user.totp', person, `user/${person.id}`, from, { totp: 'off' });
  }

  async #confirmed(own: LoggedIn, password: string, from: Access): Promise<Person> {
    const person = await this.person(own);
    await this.#confirm(person, password, from);
    return person;
  }

  async #confirm(person: Person, password: string, from: Access): Promise<void> {
    const { passwords, passwordLimits } = this.parts;
    this.#limit(passwordLimits, person, from);
    if (!(await passwords.verify(person.passwordHash, password)))
      return this.#refuse('account.password', person, from, 'password: is wrong');
    passwordLimits.succeeded(person.id);
  }

  #limit(limits: CodeLimits, { id, name }: Person, from: Access): void {
    const wait = limits.begin(id, this.parts.clock.now());
    if (wait === 0) return;
    this.parts.audit.refused('account.limited', name, from);
    throw new LoginLimited('too many passwords or codes were wrong', wait);
  }

  #refuse(reason: string, { name }: Person, from: Access, message: string): never {
    this.parts.audit.refused(reason, name, from);
    throw new TactusError('TACTUS_NOT_ALLOWED', message);
  }
}
