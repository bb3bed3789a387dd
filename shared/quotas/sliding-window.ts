import type { Millis } from '../core/clock.js';
import { allowedIn, burstMsOf, type Meter, type Rate } from './meter.js';

/** What is taken counts for up to one part of a window longer: 2 % less than the rate at most. */
const PARTS = 50;
/** A window lies over one part more than it has. */
const KEPT = PARTS + 1;

/** At most rate x burst in any time as long as a burst, wherever it begins. */
export class SlidingWindow implements Meter {
  capacity = 0;
  #partMs = 0;
  #now: Millis = Number.NEGATIVE_INFINITY;
  /** Number of the part that is now, since the epoch. */
  #part = 0;
  #sum = 0;
  /** By the number of a part, modulo their number. */
  readonly #taken = new Float64Array(KEPT);

  constructor(private rate: Rate) {
    this.use(rate);
  }

  copy(): SlidingWindow {
    const copy = new SlidingWindow(this.rate);
    copy.#now = this.#now;
    copy.#part = this.#part;
    copy.#sum = this.#sum;
    copy.#taken.set(this.#taken);
    return copy;
  }

  use(rate: Rate): void {
    const { perSecond, burstS } = rate;
    this.rate = rate;
    const windowMs = burstMsOf(burstS);
    this.capacity = allowedIn(perSecond, windowMs);
    const partMs = windowMs / PARTS;
    if (partMs === this.#partMs) return;
    this.#partMs = partMs;
    if (this.#now === Number.NEGATIVE_INFINITY) return;
    // What was taken counts as taken now.
    this.#part = Math.floor(this.#now / partMs);
    this.#taken.fill(0);
    this.#taken[this.#part % KEPT] = this.#sum;
  }

  available(now: Millis): number {
    this.#move(now);
    return Math.max(0, this.capacity - this.#sum);
  }

  take(amount: number, now: Millis): void {
    this.#move(now);
    const at = this.#part % KEPT;
    const before = this.#taken[at] as number;
    const after = Math.max(0, before + amount);
    this.#taken[at] = after;
    this.#sum += after - before;
  }

  waitMs(amount: number, now: Millis): number {
    if (amount > this.capacity) return Number.POSITIVE_INFINITY;
    return this.#untilLeftMs(this.capacity - amount, now);
  }

  resetMs(now: Millis): number {
    return this.#untilLeftMs(0, now);
  }

  /** How long until no more than so much counts. */
  #untilLeftMs(left: number, now: Millis): number {
    this.#move(now);
    let sum = this.#sum;
    let part = this.#part - PARTS;
    for (; sum > left && part <= this.#part; part++) sum -= this.#taken[remainder(part)] as number;
    return sum === this.#sum ? 0 : (part + PARTS) * this.#partMs - this.#now;
  }

  #move(now: Millis): void {
    if (now <= this.#now) return;
    this.#now = now;
    const part = Math.floor(now / this.#partMs);
    if (part - this.#part >= KEPT) this.#taken.fill(0);
    else for (let gone = this.#part + 1; gone <= part; gone++) this.#taken[gone % KEPT] = 0;
    if (part === this.#part) return;
    this.#part = part;
    // Added up anew: differences of fractions would add their errors up for ever.
    this.#sum = 0;
    for (const taken of this.#taken) this.#sum += taken;
  }
}

function remainder(part: number): number {
  return ((part % KEPT) + KEPT) % KEPT;
}
