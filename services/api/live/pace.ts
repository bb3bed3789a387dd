import type { Millis } from '../../../shared/core/clock.js';

const PERIOD_MS: Millis = 250;
/** Shares of the time that sending takes: above the one turns become rarer, below the other more frequent again. */
const MUCH = 0.5;
const LITTLE = 0.2;
const STEP = 1.25;

/**
 * How long a client waits from one turn to the next. Most of what sending costs is by the message, however much is in it: where it
 * takes much of the process's time, or the machine is so busy that it seems to, clients get fewer messages with more in each.
 */
export class Pace {
  #intervalMs: Millis;
  #busyMs: Millis = 0;
  #since: Millis;

  constructor(
    private readonly shortestMs: Millis,
    private readonly longestMs: Millis,
    now: Millis,
  ) {
    this.#intervalMs = shortestMs;
    this.#since = now;
  }

  get intervalMs(): Millis {
    return this.#intervalMs;
  }

  /** Sending has just taken so long. */
  spent(ms: Millis, now: Millis): void {
    this.#busyMs += ms;
    const elapsed = now - this.#since;
    if (elapsed < PERIOD_MS) return;
    const share = this.#busyMs / elapsed;
    if (share > MUCH) this.#intervalMs = Math.min(this.longestMs, this.#intervalMs * STEP);
    else if (share < LITTLE) this.#intervalMs = Math.max(this.shortestMs, this.#intervalMs / STEP);
    this.#busyMs = 0;
    this.#since = now;
  }
}
