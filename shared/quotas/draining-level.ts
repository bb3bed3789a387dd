import type { Millis } from '../core/clock.js';

/** What was taken and has not drained yet, at a rate that may change. */
export class DrainingLevel {
  #level = 0;
  #at: Millis = Number.NEGATIVE_INFINITY;

  constructor(public perSecond: number) {}

  copy(): DrainingLevel {
    const copy = new DrainingLevel(this.perSecond);
    copy.#level = this.#level;
    copy.#at = this.#at;
    return copy;
  }

  at(now: Millis): number {
    if (now > this.#at) {
      if (this.#level > 0)
        this.#level = Math.max(0, this.#level - ((now - this.#at) * this.perSecond) / 1_000);
      this.#at = now;
    }
    return this.#level;
  }

  add(amount: number, now: Millis): void {
    this.#level = Math.max(0, this.at(now) + amount);
  }

  /** How long until no more than so much is left. */
  untilMs(level: number, now: Millis): number {
    const excess = this.at(now) - level;
    return excess <= 0 ? 0 : (excess / this.perSecond) * 1_000;
  }
}
