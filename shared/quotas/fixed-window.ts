import type { Millis } from '../core/clock.js';
import { allowedIn, burstMsOf, type Meter, type Rate } from './meter.js';

/**
 * Windows as long as a burst, one after the other, that begin at multiples of it since the epoch: at most rate x burst in
 * each. Around the border of two, twice that may come in a burst's time.
 */
export class FixedWindow implements Meter {
  capacity = 0;
  #windowMs = 0;
  #now: Millis = Number.NEGATIVE_INFINITY;
  #start: Millis = 0;
  #taken = 0;

  constructor(private rate: Rate) {
    this.use(rate);
  }

  copy(): FixedWindow {
    const copy = new FixedWindow(this.rate);
    copy.#now = this.#now;
    copy.#start = this.#start;
    copy.#taken = this.#taken;
    return copy;
  }

  use(rate: Rate): void {
    const { perSecond, burstS } = rate;
    this.rate = rate;
    this.#windowMs = burstMsOf(burstS);
    this.capacity = allowedIn(perSecond, this.#windowMs);
    // What was taken counts in the window that is now.
    if (this.#now !== Number.NEGATIVE_INFINITY) this.#start = this.#startOf(this.#now);
  }

  available(now: Millis): number {
    this.#move(now);
    return Math.max(0, this.capacity - this.#taken);
  }

  take(amount: number, now: Millis): void {
    this.#move(now);
    this.#taken = Math.max(0, this.#taken + amount);
  }

  waitMs(amount: number, now: Millis): number {
    if (amount > this.capacity) return Number.POSITIVE_INFINITY;
    return amount <= this.available(now) ? 0 : this.#start + this.#windowMs - this.#now;
  }

  resetMs(now: Millis): number {
    this.#move(now);
    return this.#taken === 0 ? 0 : this.#start + this.#windowMs - this.#now;
  }

  #move(now: Millis): void {
    if (now <= this.#now) return;
    this.#now = now;
    const start = this.#startOf(now);
    if (start === this.#start) return;
    this.#start = start;
    this.#taken = 0;
  }

  #startOf(now: Millis): Millis {
    return Math.floor(now / this.#windowMs) * this.#windowMs;
  }
}
