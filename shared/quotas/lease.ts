import type { Millis } from '../core/clock.js';
import type { QuotaAlgorithm } from '../tenancy/profile.js';
import type { LimitState, Quantity } from './limits.js';
import type { Meter, Rate } from './meter.js';
import { meterOf } from './meter-of.js';
import type { Granted, SharedMeter } from './quota-store.js';

/** Part of the most that may come at once, which is taken from the store besides what is needed. */
const PART = 1 / 50;
/** A refusal is good for so long without asking again. */
const REFUSED_MS = 100;

/** What one instance has of a meter that it shares with others: taken there, and not used here yet. */
export class Lease {
  balance = 0;
  /** Somebody has asked for more already. */
  asking = false;
  readonly capacity: number;
  #remaining: number;
  #resetAt: Millis = 0;
  #refusedAt: Millis = Number.NEGATIVE_INFINITY;
  #refusedUntil: Millis = Number.NEGATIVE_INFINITY;
  #refused = Number.POSITIVE_INFINITY;
  #fitsAt: Millis = 0;

  constructor(
    readonly id: string,
    readonly of: 'tenant' | 'key',
    readonly quantity: Quantity,
    readonly algorithm: QuotaAlgorithm,
    readonly rate: Rate,
    readonly windowS: number,
  ) {
    const meter: Meter = meterOf(algorithm, rate);
    this.capacity = meter.capacity;
    this.#remaining = this.capacity;
  }

  get #part(): number {
    return this.capacity * PART;
  }

  /** Whether more should be at hand for what comes next. */
  get low(): boolean {
    return this.balance < this.#part / 2 && !this.asking;
  }

  /** What to ask the store for when so much is missing. */
  request(least: number): SharedMeter {
    const { id, algorithm, rate } = this;
    return { id, algorithm, rate, least, want: least + this.#part };
  }

  /** What to give back to the store, being more than should be at hand; null for nothing. It is not at hand any more. */
  surplus(): SharedMeter | null {
    const { id, algorithm, rate } = this;
    const more = this.balance - this.#part;
    if (more <= 0) return null;
    this.balance -= more;
    return { id, algorithm, rate, least: -more, want: -more };
  }

  /**
   * The answer of the store.
   *
   * @returns whether `least` was granted
   */
  granted({ amount, remaining, waitMs, resetMs }: Granted, least: number, now: Millis): boolean {
    this.balance += amount;
    this.#remaining = remaining;
    this.#resetAt = now + resetMs;
    if (amount >= least) return true;
    // Of fractions so little may be missing that there is nothing to wait for.
    const wait = Math.max(1, waitMs);
    this.#refused = least;
    this.#fitsAt = now + wait;
    this.#refusedAt = now;
    this.#refusedUntil = now + Math.min(wait, REFUSED_MS);
    return false;
  }

  /** Milliseconds that so much more has to wait, as far as the store has just refused as much; 0 otherwise. */
  waitMs(least: number, now: Millis): Millis {
    // A clock that is set back would else make it good for hours.
    const isGood = now >= this.#refusedAt && now < this.#refusedUntil;
    return isGood && least >= this.#refused ? Math.max(1, this.#fitsAt - now) : 0;
  }

  state(now: Millis): LimitState {
    const { quantity, of, windowS } = this;
    return {
      ...{ quantity, of, windowS },
      limit: Math.floor(this.capacity),
      remaining: Math.max(0, Math.floor(this.#remaining + this.balance)),
      resetS: Math.min(86_400, Math.max(0, Math.ceil((this.#resetAt - now) / 1_000))),
    };
  }
}
