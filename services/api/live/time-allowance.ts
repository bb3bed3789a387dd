import type { Millis } from '../../../shared/core/clock.js';

interface Taken {
  ms: Millis;
  at: Millis;
}

/** How much time each of several may take of what all share: some at once, and a share of it in the long run. */
export class TimeAllowance {
  /** Of those that have taken some lately. */
  readonly #taken = new Map<string, Taken>();

  constructor(
    private readonly atOnceMs: Millis,
    private readonly share: number,
  ) {}

  /** @returns until it may take more; 0 where it may now */
  waitMs(who: string, now: Millis): Millis {
    const over = this.#takenBy(who, now) - this.atOnceMs;
    return over <= 0 ? 0 : over / this.share;
  }

  spend(who: string, ms: Millis, now: Millis): void {
    const taken = this.#takenBy(who, now) + ms;
    if (taken > 0) this.#taken.set(who, { ms: taken, at: now });
  }

  /** What it has taken and not made up for since. */
  #takenBy(who: string, now: Millis): Millis {
    const taken = this.#taken.get(who);
    if (taken === undefined) return 0;
    const left = taken.ms - (now - taken.at) * this.share;
    if (left > 0) return left;
    this.#taken.delete(who);
    return 0;
  }
}
