import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Access } from '../../../shared/ports/keys.js';
import { signAccessToken } from './access-token.js';
import type { CodeLimits } from './code-limits.js';
import { deviceCookie, knownDevice } from './device-cookie.js';
import { ACCESS_TOKEN_S, MAX_SESSIONS, SESSION_IDLE_MS, SESSION_MS } from './lifetimes.js';
import { LoginLimited } from './login-limited.js';
import type { LoginLimits, LoginSource } from './login-limits.js';
import type { LoginLinks } from './login-links.js';
import { isOutdatedHash, type Passwords } from './passwords.js';
import type { PeopleAudit } from './people-audit.js';
import type { PeopleSecret } from './people-secret.js';
import type { PeopleStore } from './people-store.js';
import type { Person, Session } from './person.js';
import { parseRefreshToken, refreshTokenText } from './refresh-token.js';
import type { SecondFactor } from './second-factor.js';
import type { SigningKeys } from './signing-keys.js';
import { sourcePrefix } from './source-prefix.js';
import { nameKeyOf, userName } from './user-name.js';

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Of the second factor, or for recovery. */
  readonly code: string | null;
  /** What the browser kept of an earlier login. */
  readonly device: string | null;
}

export interface LinkLogin {
  /** The code of the link. */
  readonly link: string;
  /** As of {@link Login}. */
  readonly code: string | null;
}

/** What a login, or a refresh, gives. */
export interface Tokens {
  readonly accessToken: string;
  readonly expiresInS: number;
  readonly refreshToken: string;
  readonly person: Person;
}

const WRONG = 'user name or password is wrong';
const WRONG_LINK =
  'the link was used, has expired, or its user was changed since: `tactus users link` prints another one';
const ENDED = 'this login has ended: log in again';
/** Nobody's name, as it has a space: failed links count for no user. */
const ANY_LINK = 'any link';

/** Logins: they begin with a password, go on by refresh tokens that are good once each, and end. */
export class Sessions {
  constructor(
    private readonly parts: {
      readonly store: PeopleStore;
      readonly secret: PeopleSecret;
      readonly passwords: Passwords;
      readonly secondFactor: SecondFactor;
      readonly links: LoginLinks;
      readonly keys: SigningKeys;
      readonly limits: LoginLimits;
      readonly codeLimits: CodeLimits;
      readonly audit: PeopleAudit;
      readonly clock: Clock;
    },
  ) {}

  /**
   * Begins a session.
   *
   * @throws TactusError `TACTUS_LOGIN_REFUSED`, which does not say whether there is such a user; `TACTUS_SECOND_FACTOR_REQUIRED` for the
   *   right password without a code; `TACTUS_LOGIN_LIMITED`
   */
  async login(login: Login, from: Access): Promise<Tokens & { readonly device: string }> {
    const { secret, limits, clock } = this.parts;
    // What is no name is nobody's, and costs as much.
    const nameKey = nameKeyOf(userName(login.username) ?? '');
    const device = login.device === null ? null : knownDevice(secret, login.device, nameKey, clock.now());
    const source = { nameKey, network: sourcePrefix(from.from), device };
    this.#limit(source, from, 'too many logins failed for this user from here');
    const person = await this.#byPassword(nameKey, login.password, from);
    await this.#checkCode(person, login.code, from, () => limits.succeeded(source, clock.now()));
    limits.succeeded(source, clock.now());
    const tokens = await this.begin(person, from);
    return { ...tokens, device: deviceCookie(secret, nameKey, clock.now()) };
  }

  /**
   * Begins a session by the code of a link, which stands for the password and is good once. A second factor is needed still; without its
   * code the link stays good.
   *
   * @throws as {@link login}
   */
  async loginByLink({ link, code }: LinkLogin, from: Access): Promise<Tokens & { readonly device: string }> {
    const { secret, links, limits, clock } = this.parts;
    const source = { nameKey: ANY_LINK, network: sourcePrefix(from.from), device: null };
    const forgive = () => limits.succeeded(source, clock.now());
    this.#limit(source, from, 'too many links from here were wrong');
    const person = await links.personOf(link);
    if (person === null) return this.#refuse('login.link', null, from, WRONG_LINK);
    await this.#checkCode(person, code, from, forgive);
    if (!(await links.use(link))) return this.#refuse('login.link', person.name, from, WRONG_LINK);
    forgive();
    const tokens = await this.begin(person, from, { by: 'link' });
    return { ...tokens, device: deviceCookie(secret, nameKeyOf(person.name), clock.now()) };
  }

  /**
   * Gives new tokens for a refresh token, which is void then. One that was used before ends the session: two have it, and it is not to
   * be known which of them may (RFC 9700, 4.14.2).
   *
   * @throws TactusError `TACTUS_LOGIN_REFUSED`
   */
  async refresh(text: string, from: Access): Promise<Tokens> {
    const { store, secret, audit, clock } = this.parts;
    const token = parseRefreshToken(secret, text);
    const now = clock.now();
    if (token === null) return this.#refuse('refresh.unknown', null, from, ENDED);
    const rotation = await store.rotate(token.sessionId, token.generation, now, now - SESSION_IDLE_MS);
    switch (rotation.outcome) {
      case 'rotated':
        return await this.#tokens(rotation.person, rotation.session);
      case 'reused': {
        const person = await store.person(rotation.userId);
        audit.done('session.end', person, `session/${token.sessionId}`, from, { reason: 'reused' });
        return this.#refuse('refresh.reused', person?.name ?? null, from, ENDED);
      }
      case 'gone':
        return this.#refuse('refresh.ended', null, from, ENDED);
    }
  }

  /** Ends the session of a refresh token, also one that was used before; does nothing where there is none. */
  async logout(text: string, from: Access): Promise<void> {
    const token = parseRefreshToken(this.parts.secret, text);
    if (token !== null) await this.end(token.sessionId, from);
  }

  /** Ends a session. */
  async end(sessionId: string, from: Access): Promise<void> {
    const { store, audit } = this.parts;
    const userId = await store.end(sessionId);
    if (userId === null) return;
    audit.done('session.end', await store.person(userId), `session/${sessionId}`, from, { reason: 'logout' });
  }

  /**
   * Begins a session for who has shown to be that person.
   *
   * @throws TactusError `TACTUS_LOGIN_REFUSED` where the person was changed since it was read
   */
  async begin(person: Person, from: Access, details: Readonly<Record<string, string>> = {}): Promise<Tokens> {
    const { store, audit, clock } = this.parts;
    const now = clock.now();
    const session = { id: randomUUID(), userId: person.id, generation: 0, createdAt: now };
    const of = { expiresAt: now + SESSION_MS, most: MAX_SESSIONS, epoch: person.epoch };
    if (!(await store.begin(session, of)))
      return this.#refuse('login.changed', person.name, from, 'this user was changed just now: log in again');
    audit.done('session.begin', person, `session/${session.id}`, from, details);
    return await this.#tokens(person, session);
  }

  /** Counts a try. @throws TactusError `TACTUS_LOGIN_LIMITED` */
  #limit(source: LoginSource, from: Access, message: string): void {
    const { limits, audit, clock } = this.parts;
    const wait = limits.begin(source, clock.now());
    if (wait === 0) return;
    audit.refused('login.limited', null, from);
    throw new LoginLimited(message, wait);
  }

  async #byPassword(nameKey: string, password: string, from: Access): Promise<Person> {
    const { store, passwords } = this.parts;
    const person = await store.personByName(nameKey);
    const stored = person?.passwordHash ?? null;
    const right = await passwords.verify(stored, password);
    if (person === null || stored === null || !right)
      return this.#refuse('login.password', person?.name ?? null, from, WRONG);
    if (isOutdatedHash(stored)) await store.rehash(person.id, stored, await passwords.hash(password));
    return person;
  }

  /** @param forgive takes back that a login has failed: the password was right */
  async #checkCode(person: Person, code: string | null, from: Access, forgive: () => void): Promise<void> {
    if (person.totpSecret === null) return;
    const { codeLimits, secondFactor, audit, clock } = this.parts;
    if (code === null) {
      forgive();
      throw new TactusError(
        'TACTUS_SECOND_FACTOR_REQUIRED',
        'this user has a second factor: send `code` too, as the app shows it, or a recovery code',
      );
    }
    const wait = codeLimits.begin(person.id, clock.now());
    if (wait > 0) {
      forgive();
      audit.refused('login.code-limited', person.name, from);
      throw new LoginLimited('too many codes were wrong for this user', wait);
    }
    if (!(await secondFactor.use(person, code, clock.now())))
      return this.#refuse('login.code', person.name, from, 'the code is wrong, or was used before');
    codeLimits.succeeded(person.id);
  }

  async #tokens(person: Person, { id: sessionId, generation }: Session): Promise<Tokens> {
    const { secret, keys, clock } = this.parts;
    const now = clock.now();
    const key = keys.requireSigner(now);
    const { id: userId, name, epoch, roles } = person;
    const accessToken = await signAccessToken({ userId, name, sessionId, epoch, roles }, key, now);
    const refreshToken = refreshTokenText(secret, { sessionId, generation });
    return { accessToken, expiresInS: ACCESS_TOKEN_S, refreshToken, person };
  }

  #refuse(reason: string, name: string | null, from: Access, message: string): never {
    this.parts.audit.refused(reason, name, from);
    throw new TactusError('TACTUS_LOGIN_REFUSED', message);
  }
}
