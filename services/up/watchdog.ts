import type { Millis } from '../../shared/core/clock.js';

/** More than a full garbage collection, a busy machine or the compilation of a large module takes. */
const SILENT_MS = 20_000;
/** Until its first answer a worker loads its code, on a machine where everything starts at once. */
const FIRST_ANSWER_MS = 60_000;
/** Where this process itself stood still between two probes, the worker is blamed for this much at most. */
const MAX_GAP_MS = 5_000;

/** Decides when a worker that does not answer has hung. Times are of any monotonic clock. */
export class Watchdog {
  /** When it answered last, or started. */
  lastAnswerAt: Millis;
  #lastProbeAt: Millis;
  #answered = false;
  #silentMs: Millis = 0;

  constructor(startedAt: Millis) {
    this.lastAnswerAt = startedAt;
    this.#lastProbeAt = startedAt;
  }

  /** @returns for how long it has not answered, once that is too long; null until then */
  probed(answered: boolean, now: Millis): Millis | null {
    const gap = Math.min(now - this.#lastProbeAt, MAX_GAP_MS);
    this.#lastProbeAt = now;
    if (answered) {
      this.#answered = true;
      this.lastAnswerAt = now;
      this.#silentMs = 0;
      return null;
    }
    this.#silentMs += gap;
    return this.#silentMs >= (this.#answered ? SILENT_MS : FIRST_ANSWER_MS) ? this.#silentMs : null;
  }
}
