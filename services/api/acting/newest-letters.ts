import type { Millis } from '../../../shared/core/clock.js';
import { ATTEMPTS_HEADER, type StoredDeadLetter } from '../../../shared/dead-letters/dead-letter.js';

/** Of a key or a value that is shown. */
export const MAX_SHOWN_BYTES = 65_536;
/** Of all the letters of a page; one alone may have more. */
const MAX_PAGE_BYTES = 8 * 1_048_576;
/** About what a letter takes beside its bytes. */
const LETTER_BYTES = 500;

/** Time and id of a letter: the order in which they are listed. */
export type LetterPlace = readonly [failedAt: Millis, id: string];

interface Kept {
  readonly one: StoredDeadLetter;
  readonly bytes: number;
}

/**
 * The newest of any number of dead letters, in bounded memory: of large ones there are fewer than `limit`. Of each, what
 * is shown is kept: the beginning of key and value, as copies, and not what they were decoded to.
 */
export class NewestLetters {
  #kept: Kept[] = [];
  #bytes = 0;
  total = 0;

  /** @param limit most letters; at least 1 */
  constructor(private readonly limit: number) {}

  add(letter: StoredDeadLetter): void {
    this.total += 1;
    const one = shownOf(letter);
    const bytes = bytesOf(one);
    this.#kept.push({ one, bytes });
    this.#bytes += bytes;
    if (this.#kept.length >= 2 * this.limit || this.#bytes >= 2 * MAX_PAGE_BYTES) this.#drop();
  }

  /** Newest first. */
  letters(): readonly StoredDeadLetter[] {
    this.#drop();
    return this.#kept.map(({ one }) => one);
  }

  #drop(): void {
    const sorted = this.#kept.toSorted((a, b) => compareLetters(placeOf(a.one), placeOf(b.one)));
    this.#kept = [];
    this.#bytes = 0;
    for (const kept of sorted) {
      const isFull = this.#kept.length >= this.limit || this.#bytes + kept.bytes > MAX_PAGE_BYTES;
      if (isFull && this.#kept.length > 0) return;
      this.#kept.push(kept);
      this.#bytes += kept.bytes;
    }
  }
}

export function placeOf({ letter, id }: StoredDeadLetter): LetterPlace {
  return [letter.failedAt, id];
}

/** Newest first. */
export function compareLetters([a, idOfA]: LetterPlace, [b, idOfB]: LetterPlace): number {
  return b - a || (idOfA === idOfB ? 0 : idOfA < idOfB ? -1 : 1);
}

/** As it is listed: the beginnings of key and value, as copies, and how often it was replayed. */
export function shownOf(one: StoredDeadLetter): StoredDeadLetter {
  const { key, value, headers, ...letter } = one.letter;
  const attempts = headers[ATTEMPTS_HEADER];
  return {
    ...one,
    decoded: null,
    letter: {
      ...{ ...letter, key: beginningOf(key), value: beginningOf(value) },
      headers: attempts === undefined ? {} : { [ATTEMPTS_HEADER]: beginningOf(attempts) },
    },
  };
}

/** A copy: a part of a buffer would keep all of it. */
function beginningOf<T extends Buffer | null>(bytes: T): T | Buffer {
  return bytes === null ? bytes : Buffer.from(bytes.subarray(0, MAX_SHOWN_BYTES));
}

function bytesOf({ letter: { key, value, message, headers } }: StoredDeadLetter): number {
  const buffers = [key, value, headers[ATTEMPTS_HEADER]];
  return buffers.reduce((sum, bytes) => sum + (bytes?.length ?? 0), LETTER_BYTES + 2 * message.length);
}
