import type { Millis } from '../../../shared/core/clock.js';
import { Lru } from '../../../shared/core/lru.js';
import { waitAfterFailures } from './wait-after-failures.js';

const FREE = 10;
const MAX_USERS = 50_000;

interface Tries {
  readonly count: number;
  readonly at: Millis;
}

/**
 * How many codes of the second factor may be wrong, for one user from wherever; an instance of its own counts passwords that a user who is
 * logged in shows again. Only who knows the password comes this far, so that no
 * stranger can keep a user out by it; and without it somebody with the password and many addresses would find a code. At the longest wait
 * it takes years: 96 codes a day, of which each has a chance of 3 in a million.
 */
export class CodeLimits {
  readonly #tries = new Lru<string, Tries>(MAX_USERS);

  /** Counts a try. @returns milliseconds to wait before the next one; 0 where this one may go on */
  begin(userId: string, now: Millis): Millis {
    const { count, at } = this.#tries.get(userId) ?? { count: 0, at: now };
    const wait = waitAfterFailures(count, FREE);
    if (at + wait > now) return at + wait - now;
    this.#tries.set(userId, { count: count + 1, at: now });
    return 0;
  }

  succeeded(userId: string): void {
    this.#tries.delete(userId);
  }
}
