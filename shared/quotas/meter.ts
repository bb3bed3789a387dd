import type { Millis } from '../core/clock.js';

/** How much is allowed. */
export interface Rate {
  readonly perSecond: number;
  /** Seconds of it that may come at once, and the length of windows; see {@link burstMsOf}. */
  readonly burstS: number;
}

/**
 * Counts what is taken against a rate. Its state is a few numbers, however much is taken. Time is that of the caller; one that
 * goes back counts as no time at all.
 */
export interface Meter {
  /** The rate from now on; what was taken stays taken. */
  use(rate: Rate): void;
  /** One in the same state, which goes its own way from now on. */
  copy(): Meter;
  /** Most that can be taken at once, ever. */
  readonly capacity: number;
  /** How much can be taken now. */
  available(now: Millis): number;
  /** Takes it, without a question; a negative amount gives it back. */
  take(amount: number, now: Millis): void;
  /** How long until so much is available if nobody takes anything; Infinity when it never will be. */
  waitMs(amount: number, now: Millis): number;
  /** How long until nothing counts any more that was taken. */
  resetMs(now: Millis): number;
}

/** A shorter burst counts as this: windows have a length. */
const MIN_BURST_MS = 100;

export function burstMsOf(burstS: number): Millis {
  return Math.max(MIN_BURST_MS, Math.round(burstS * 1_000));
}

/** What a rate allows in so many milliseconds: at least one, so that a low rate allows something at all. */
export function allowedIn(perSecond: number, ms: Millis): number {
  return perSecond === 0 ? 0 : Math.max(1, (perSecond * ms) / 1_000);
}
