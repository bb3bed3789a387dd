import type { Millis } from '../core/clock.js';
import { DrainingLevel } from './draining-level.js';
import { allowedIn, burstMsOf, type Meter, type Rate } from './meter.js';

/**
 * What is not used is saved up to a burst, and a full bucket may be taken at once: in any T seconds at most rate x (burst
 * + T). Begins full.
 */
export class TokenBucket implements Meter {
  capacity = 0;
  /** What is missing to a full one. */
  #missing = new DrainingLevel(0);

  constructor(private rate: Rate) {
    this.use(rate);
  }

  copy(): TokenBucket {
    const copy = new TokenBucket(this.rate);
    copy.#missing = this.#missing.copy();
    return copy;
  }

  use(rate: Rate): void {
    const { perSecond, burstS } = rate;
    this.rate = rate;
    this.#missing.perSecond = perSecond;
    this.capacity = allowedIn(perSecond, burstMsOf(burstS));
  }

  available(now: Millis): number {
    return Math.max(0, this.capacity - this.#missing.at(now));
  }

  take(amount: number, now: Millis): void {
    this.#missing.add(amount, now);
  }

  waitMs(amount: number, now: Millis): number {
    return amount > this.capacity
      ? Number.POSITIVE_INFINITY
      : this.#missing.untilMs(this.capacity - amount, now);
  }

  resetMs(now: Millis): number {
    return this.#missing.untilMs(0, now);
  }
}
