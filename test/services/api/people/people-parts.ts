import { randomUUID } from 'node:crypto';
import { CodeLimits } from '../../../../services/api/people/code-limits.js';
import { PeopleFollower } from '../../../../services/api/people/follow-people.js';
import { LoginLimits } from '../../../../services/api/people/login-limits.js';
import { LoginLinks } from '../../../../services/api/people/login-links.js';
import { OwnAccount } from '../../../../services/api/people/own-account.js';
import { Passwords } from '../../../../services/api/people/passwords.js';
import { PeopleAudit } from '../../../../services/api/people/people-audit.js';
import { PeopleSecret } from '../../../../services/api/people/people-secret.js';
import { Revocations } from '../../../../services/api/people/revocations.js';
import type { Roles } from '../../../../services/api/people/roles.js';
import { SecondFactor } from '../../../../services/api/people/second-factor.js';
import { Sessions } from '../../../../services/api/people/sessions.js';
import { SigningKeys } from '../../../../services/api/people/signing-keys.js';
import { UserAdmin } from '../../../../services/api/people/user-admin.js';
import { UserCallers } from '../../../../services/api/people/user-callers.js';
import { nameKeyOf } from '../../../../services/api/people/user-name.js';
import { MemoryLinks } from './memory-links.js';
import { MemoryPeople } from './memory-people.js';

export const PASSWORD = 'correct horse battery staple';
export const FROM = { resource: 'POST /api/v1/auth/login', from: '192.0.2.1' };
export const ACCESS = { resource: 'GET /api/v1/metrics', from: '192.0.2.1' };

/** All that is about people, on a store in memory and with a clock that tests move. */
export class PeopleParts {
  now = Date.UTC(2026, 0, 2);
  readonly clock = { now: () => this.now };
  readonly store = new MemoryPeople();
  readonly links = new LoginLinks({ links: new MemoryLinks(), store: this.store, clock: this.clock });
  readonly secret = new PeopleSecret('of this installation, and of no other one');
  readonly keys = new SigningKeys();
  readonly revocations = new Revocations();
  readonly passwords = new Passwords();
  readonly secondFactor = new SecondFactor(this.store, this.secret);
  /** What went to `audit`, as action or reason. */
  readonly audited: string[] = [];
  /** All of it, as text. */
  readonly records: string[] = [];
  readonly audit = new PeopleAudit(
    {
      done: (entry) => {
        this.audited.push(entry.action);
        this.records.push(JSON.stringify(entry));
      },
      refusedTo: (entry, access) => {
        this.audited.push(entry.reason);
        this.records.push(JSON.stringify({ entry, access }));
      },
    },
    { begun: () => {}, refused: () => {} },
  );
  readonly follower = this.process();
  readonly #parts = {
    ...{ store: this.store, secret: this.secret, passwords: this.passwords, secondFactor: this.secondFactor },
    ...{ links: this.links, keys: this.keys, limits: new LoginLimits(), codeLimits: new CodeLimits() },
    ...{ audit: this.audit, clock: this.clock },
  };
  readonly sessions = new Sessions(this.#parts);
  readonly account = new OwnAccount({ ...this.#parts, passwordLimits: new CodeLimits() });
  readonly admin = new UserAdmin(this.#parts);
  readonly callers = new UserCallers({
    ...{ keys: this.keys, revocations: this.revocations, audit: this.audit, clock: this.clock },
  });

  /** Another process that follows the same people. */
  process(keys = this.keys, revocations = this.revocations, secret = this.secret): PeopleFollower {
    return new PeopleFollower({ store: this.store, secret, keys, revocations }, this.clock, (line) =>
      this.records.push(line),
    );
  }

  async add(name: string, roles: Roles, password = PASSWORD): Promise<string> {
    const id = randomUUID();
    const passwordHash = await this.passwords.hash(password);
    await this.store.add({ id, name, nameKey: nameKeyOf(name), passwordHash, roles, createdAt: this.now });
    return id;
  }

  async login(
    username: string,
    more: { password?: string; code?: string; device?: string; address?: string } = {},
  ) {
    const { password = PASSWORD, code = null, device = null, address = FROM.from } = more;
    return await this.sessions.login({ username, password, code, device }, { ...FROM, from: address });
  }

  authenticate(token: string) {
    return this.callers.authenticate(token, ACCESS);
  }
}
