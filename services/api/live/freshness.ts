import type { Millis } from '../../../shared/core/clock.js';

/** Something that is read, and for how long nothing has been heard from where it comes from. */
export interface Heard {
  readonly silentMs: Millis;
}

/** After such a silence what is known counts as stale: a broker answers at once where it has something, and else within a second. */
const STALE_AFTER_MS: Millis = 5_000;

/** For how long nothing has been heard of something that is read: what is known of it may be as old as that. */
export class Freshness {
  readonly #read = new Set<Heard>();

  add(one: Heard): void {
    this.#read.add(one);
  }

  remove(one: Heard): void {
    this.#read.delete(one);
  }

  /** 0 while all is heard of. */
  get staleMs(): Millis {
    let longest = 0;
    for (const { silentMs } of this.#read) longest = Math.max(longest, silentMs);
    return longest < STALE_AFTER_MS ? 0 : longest;
  }
}
