import type { Millis } from '../core/clock.js';

/** After so long without a refusal, the next one begins a new excess. */
const CALM_MS = 30_000;

/** Whether refusals are those of a short burst, or go on. */
export class Excess {
  #since: Millis = Number.NEGATIVE_INFINITY;
  #last: Millis = Number.NEGATIVE_INFINITY;

  /** Notes a refusal. @returns how long there have been some */
  refused(now: Millis): Millis {
    if (now - this.#last > CALM_MS) this.#since = now;
    this.#last = Math.max(this.#last, now);
    return this.#last - this.#since;
  }
}
