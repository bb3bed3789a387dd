import type { Millis } from '../../../shared/core/clock.js';

const OVER_MS = 60_000;

/** How many of something there were per second over the last minute, or since the start where that is later. */
export class RecentRate {
  readonly #counts: { readonly at: Millis; readonly count: number }[] = [];
  #startedAt: Millis | null = null;

  /** @param now of any monotonic clock */
  add(count: number, now: Millis): void {
    this.#startedAt ??= now;
    this.#counts.push({ at: now, count });
    this.#forget(now);
  }

  perSecond(now: Millis): number {
    this.#forget(now);
    if (this.#startedAt === null) return 0;
    const seconds = Math.max(1_000, Math.min(OVER_MS, now - this.#startedAt)) / 1_000;
    return this.#counts.reduce((sum, { count }) => sum + count, 0) / seconds;
  }

  #forget(now: Millis): void {
    while (this.#counts[0] !== undefined && this.#counts[0].at <= now - OVER_MS) this.#counts.shift();
  }
}
