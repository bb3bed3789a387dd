/** What is left of a fault after it, such as connections that still have to be made. */
const AFTER_MS = 3_000;

/** Knows when something was broken on purpose: only then may a sender be refused that keeps to its limits. */
export class Calm {
  #faults = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;

  /** Resolves with what `fault` does. */
  async disturbedBy<T>(fault: () => Promise<T>): Promise<T> {
    this.#faults += 1;
    try {
      return await fault();
    } finally {
      this.#faults -= 1;
      this.#lastEnd = performance.now();
    }
  }

  /** Whether nothing was broken since then, by `performance.now()`. */
  since(time: number): boolean {
    return this.#faults === 0 && this.#lastEnd + AFTER_MS < time;
  }

  get now(): boolean {
    return this.since(performance.now());
  }
}
