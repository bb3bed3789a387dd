import type { Clock, Millis } from '../../../shared/core/clock.js';
import { LOGIN_LINK_MS } from './lifetimes.js';
import { hashOfCode, isLinkCode, newLinkCode } from './link-code.js';
import type { PeopleStore } from './people-store.js';
import type { Person } from './person.js';

/** A link as it is stored: nothing of it can be used to log in. */
export interface StoredLink {
  readonly userId: string;
  readonly hash: Buffer;
  /** Of the user when it was made. */
  readonly epoch: number;
  readonly expiresAt: Millis;
}

/** Where links are kept, for all processes. Throws TactusError `TACTUS_DATABASE_UNAVAILABLE`, which is retriable. */
export interface LinkStore {
  /** Takes the place of the user's earlier link; does nothing where the user is removed. */
  put(link: StoredLink): Promise<void>;
  find(hash: Buffer): Promise<StoredLink | null>;
  /** Removes it; false where it is gone: of several at once, one is answered true. */
  take(hash: Buffer): Promise<boolean>;
}

/** Codes that stand for a password, once and for ten minutes: they are printed as part of a link. */
export class LoginLinks {
  constructor(
    private readonly parts: {
      readonly links: LinkStore;
      readonly store: Pick<PeopleStore, 'person'>;
      readonly clock: Clock;
    },
  ) {}

  /** @returns the code, which nobody can read again */
  async make({ id: userId, epoch }: Pick<Person, 'id' | 'epoch'>): Promise<string> {
    const { links, clock } = this.parts;
    const code = newLinkCode();
    await links.put({ userId, hash: hashOfCode(code), epoch, expiresAt: clock.now() + LOGIN_LINK_MS });
    return code;
  }

  /** Whose code it is; null where it is nobody's, was used, has expired, or its user was changed since. */
  async personOf(code: string): Promise<Person | null> {
    const { links, store, clock } = this.parts;
    if (!isLinkCode(code)) return null;
    const link = await links.find(hashOfCode(code));
    if (link === null || link.expiresAt <= clock.now()) return null;
    const person = await store.person(link.userId);
    return person?.epoch === link.epoch ? person : null;
  }

  /** Uses it up; false where that was done before. */
  async use(code: string): Promise<boolean> {
    return await this.parts.links.take(hashOfCode(code));
  }
}
