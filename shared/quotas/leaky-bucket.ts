import type { Millis } from '../core/clock.js';
import { DrainingLevel } from './draining-level.js';
import { allowedIn, burstMsOf, type Meter, type Rate } from './meter.js';

/** What the bucket holds: an even flow, and room for what comes at the same time. */
const HOLDS_MS = 1_000;

/**
 * An even flow: the bucket holds one second of the rate and drains at the rate, and nothing is saved up. One request may
 * be larger, up to a burst: it goes into an empty bucket, and the next waits until that has drained. In any T seconds at
 * most rate x (1 + T), or rate x (burst + T) with such a request.
 */
export class LeakyBucket implements Meter {
  capacity = 0;
  #holds = 0;
  #level = new DrainingLevel(0);

  constructor(private rate: Rate) {
    this.use(rate);
  }

  copy(): LeakyBucket {
    const copy = new LeakyBucket(this.rate);
    copy.#level = this.#level.copy();
    return copy;
  }

  use(rate: Rate): void {
    const { perSecond, burstS } = rate;
    this.rate = rate;
    this.#level.perSecond = perSecond;
    this.#holds = allowedIn(perSecond, HOLDS_MS);
    this.capacity = Math.max(this.#holds, allowedIn(perSecond, burstMsOf(burstS)));
  }

  available(now: Millis): number {
    const level = this.#level.at(now);
    return level === 0 ? this.capacity : Math.max(0, this.#holds - level);
  }

  take(amount: number, now: Millis): void {
    this.#level.add(amount, now);
  }

  waitMs(amount: number, now: Millis): number {
    if (amount > this.capacity) return Number.POSITIVE_INFINITY;
    return this.#level.untilMs(Math.max(0, this.#holds - amount), now);
  }

  resetMs(now: Millis): number {
    return this.#level.untilMs(0, now);
  }
}
