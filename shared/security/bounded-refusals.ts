import type { Millis } from '../core/clock.js';

/** Refusals that may come at once, and how many a second from then on. */
const BURST = 100;
const PER_SECOND = 10;
const SUMMARY_EVERY_MS = 60_000;

/** How many refusals there were of each reason that got no record of their own. */
export type OmittedRefusals = ReadonlyMap<string, number>;

/**
 * Decides which refusals get a record of their own, so that whoever tries keys cannot flood the audit: up to
 * {@link BURST} at once, then {@link PER_SECOND} a second. The others are counted by reason, for one summary a minute.
 */
export class BoundedRefusals {
  #tokens = BURST;
  #filledAt: Millis | null = null;
  #summaryAt: Millis = Number.NEGATIVE_INFINITY;
  #omitted = new Map<string, number>();

  /** Whether this one gets a record. */
  admit(reason: string, now: Millis): boolean {
    // A clock that was set back fills nothing.
    const elapsed = Math.max(0, now - (this.#filledAt ?? now));
    this.#filledAt = now;
    this.#tokens = Math.min(BURST, this.#tokens + (elapsed * PER_SECOND) / 1_000);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return true;
    }
    this.omit(reason);
    return false;
  }

  /** Counts one that gets no record for another reason. */
  omit(reason: string): void {
    this.#omitted.set(reason, (this.#omitted.get(reason) ?? 0) + 1);
  }

  /** The summary that is due; null for none. `last` takes what there is, at the end of the process. */
  summary(now: Millis, last = false): OmittedRefusals | null {
    if (this.#omitted.size === 0 || (!last && now - this.#summaryAt < SUMMARY_EVERY_MS)) return null;
    const omitted = this.#omitted;
    this.#omitted = new Map();
    this.#summaryAt = now;
    return omitted;
  }
}
