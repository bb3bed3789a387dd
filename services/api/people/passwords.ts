import { hash, type Options, verify } from '@node-rs/argon2';
import { TactusError } from '../../../shared/core/errors.js';
import { nameKeyOf } from './user-name.js';

/**
 * Argon2id (RFC 9106) with the least parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. A salt of 16
 * bytes is drawn for each.
 */
const PARAMETERS = {
  // Algorithm.Argon2id; the enumeration exists at compile time only.
  algorithm: 2,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const satisfies Options;
const CURRENT = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

/** Those that run at once, in threads that files and names of hosts need too. */
const MAX_RUNNING = 2;
/** Those that wait; with these a login waits about a second. */
const MAX_WAITING = 64;

const MIN_LENGTH = 8;
/** Beyond it a password is no harder to guess and only costs time. */
const MAX_BYTES = 1_024;

export const PASSWORD_ALLOWED = `a password has at least ${MIN_LENGTH} characters and at most ${MAX_BYTES} bytes, no control characters, more than one different character, and is not the user's name`;

/** Whether a person may have this password (NIST SP 800-63B-4, 3.1.1: length counts, rules of composition do not). */
export function isAllowedPassword(password: string, userName: string): boolean {
  const text = normal(password);
  const characters = [...text];
  return (
    characters.length >= MIN_LENGTH &&
    Buffer.byteLength(text) <= MAX_BYTES &&
    !/\p{Cc}/u.test(text) &&
    new Set(characters).size > 1 &&
    nameKeyOf(text) !== nameKeyOf(userName)
  );
}

/** A character is the same however a keyboard composes it (RFC 8265, OpaqueString). */
function normal(password: string): string {
  return password.normalize('NFC');
}

/** Hashes and verifies passwords, few at a time: each needs {@link PARAMETERS} of memory and 10 to 50 ms of a CPU. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #decoy: Promise<string> | null = null;

  /** @throws TactusError `TACTUS_LOGIN_LIMITED` where too many wait, as of the others */
  async hash(password: string): Promise<string> {
    return await this.#inTurn(() => hash(normal(password), PARAMETERS));
  }

  /**
   * Whether a password is the one of a hash. Takes as long where there is no hash, because there is no such user.
   *
   * @param stored the text that {@link hash} gave, also with other parameters; null for none
   */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const text = normal(password);
    // What is too long was never hashed.
    const given = Buffer.byteLength(text) > MAX_BYTES ? '' : text;
    this.#decoy ??= hash('nobody has this password', PARAMETERS);
    const decoy = await this.#decoy;
    const equal = await this.#inTurn(() => verify(stored ?? decoy, given));
    return equal && stored !== null && given !== '';
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING)
        throw new TactusError(
          'TACTUS_LOGIN_LIMITED',
          'too many people log in at this moment: try again in a few seconds',
        );
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      // The turn passes on to the next one, so that nobody comes in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** Whether a hash was made with other parameters than today's. */
export function isOutdatedHash(stored: string): boolean {
  return !stored.startsWith(CURRENT);
}
