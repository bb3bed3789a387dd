import type { Millis } from '../../../shared/core/clock.js';

/**
 * When whose turn is next: a ring of ticks, so that thousands of clients need one timer. Nobody's turn is further
 * away than the length of the ring.
 */
export class DrainSchedule<T> {
  readonly #slots: T[][];
  /** The last tick that was taken, and how many turns of the next one were. */
  #taken: number;
  #turns = 0;
  #size = 0;

  /** @param now by a clock that never goes back */
  constructor(
    private readonly tickMs: Millis,
    longestMs: Millis,
    now: Millis,
  ) {
    this.#slots = Array.from({ length: Math.ceil(longestMs / tickMs) + 2 }, () => []);
    this.#taken = Math.floor(now / tickMs);
  }

  get size(): number {
    return this.#size;
  }

  /** @param at at once where it is in the past, and as late as can be where it is too far away */
  add(turn: T, at: Millis, now: Millis): void {
    if (this.#size === 0) this.#taken = Math.max(this.#taken, Math.floor(now / this.tickMs) - 1);
    const latest = this.#taken + this.#slots.length - 1;
    const tick = Math.min(Math.max(Math.ceil(at / this.tickMs), this.#taken + 1), latest);
    this.#slots[tick % this.#slots.length]?.push(turn);
    this.#size += 1;
  }

  /** The next whose turn has come, or undefined. */
  take(now: Millis): T | undefined {
    const due = Math.floor(now / this.tickMs);
    while (this.#size > 0 && this.#taken < due) {
      const slot = this.#slots[(this.#taken + 1) % this.#slots.length] as T[];
      const turn = slot[this.#turns];
      this.#turns += 1;
      if (turn !== undefined) this.#size -= 1;
      if (turn === undefined || this.#size === 0) {
        slot.length = 0;
        this.#turns = 0;
      }
      if (turn !== undefined) return turn;
      this.#taken += 1;
    }
    return undefined;
  }
}
