import type { Millis } from './clock.js';

const SECOND_MS = 1_000;

/** Counts anew in each second, from the first look at it on; a clock that was set back begins one too. */
export class EachSecond {
  #since: Millis = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** How many were counted in the second that `now` is in. */
  at(now: Millis): number {
    if (!(now >= this.#since && now < this.#since + SECOND_MS)) {
      this.#since = now;
      this.#count = 0;
    }
    return this.#count;
  }

  add(): void {
    this.#count += 1;
  }
}
