import type { Millis } from '../core/clock.js';

const EVERY_MS = 60_000;

/** Counts what a warning is about that is given once a minute at most. */
export class RareWarning {
  #records = 0;
  #lastAt: Millis = Number.NEGATIVE_INFINITY;

  /** @returns how many records the warning is about that is due now; 0 for none */
  add(records: number, now: Millis): number {
    this.#records += records;
    if (now - this.#lastAt < EVERY_MS) return 0;
    const due = this.#records;
    this.#records = 0;
    this.#lastAt = now;
    return due;
  }
}
