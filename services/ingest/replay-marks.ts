import type { Millis } from '../../shared/core/clock.js';

interface Mark {
  readonly offset: number;
  readonly arrival: Millis;
}

/**
 * Finds the offset from which the log has to be read again to know all ids of the last `windowMs`:
 * one mark for each stretch of arrival time instead of one per record.
 */
export class ReplayMarks {
  readonly #marks: Mark[] = [];
  readonly #everyMs: Millis;

  constructor(private readonly windowMs: Millis) {
    this.#everyMs = Math.max(1, windowMs / 600);
  }

  /** A record at `offset` arrived at `arrival`. */
  pass(offset: number, arrival: Millis): void {
    const last = this.#marks[this.#marks.length - 1];
    if (last === undefined || arrival - last.arrival >= this.#everyMs) this.#marks.push({ offset, arrival });
    // The mark before the first one inside the window still covers records inside it.
    while (this.#marks[1] !== undefined && this.#marks[1].arrival < arrival - this.windowMs)
      this.#marks.shift();
  }

  /** The replay-safe offset, or `next` when nothing has passed. */
  offset(next: number): number {
    return this.#marks[0]?.offset ?? next;
  }
}
