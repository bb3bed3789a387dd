import type { Millis } from '../../shared/core/clock.js';

/** More than a full garbage collection, a busy machine or the compilation of a large module takes. */
const SILENT_MS = 20_000;
/** Until its first answer a worker loads its code, on a machine where everything starts at once. */
const FIRST_ANSWER_MS = 60_000;
/** As long as Kubernetes waits by the manifests. */
const DEAD_MS = 60_000;
/** Where this process itself stood still between two probes, the worker is blamed for this much at most. */
const MAX_GAP_MS = 5_000;

/** What a probe found: `dead` is a worker that answers that it is not alive. */
export type Sign = 'alive' | 'dead' | 'silent';

/** Decides when a worker that does not answer has hung, and when one is to be replaced that says it is not alive. Times are of any monotonic clock. */
export class Watchdog {
  /** When it answered last, or started. */
  lastAnswerAt: Millis;
  #lastProbeAt: Millis;
  #answered = false;
  #silentMs: Millis = 0;
  #deadMs: Millis = 0;

  /** @param deadAfterMs so long it may say that it is not alive */
  constructor(
    startedAt: Millis,
    private readonly deadAfterMs: Millis = DEAD_MS,
  ) {
    this.lastAnswerAt = startedAt;
    this.#lastProbeAt = startedAt;
  }

  /** @returns for how long it has been as it is, once that is too long; null until then */
  probed(sign: Sign, now: Millis): Millis | null {
    const gap = Math.min(now - this.#lastProbeAt, MAX_GAP_MS);
    this.#lastProbeAt = now;
    this.#deadMs = sign === 'dead' ? this.#deadMs + gap : 0;
    if (sign !== 'silent') {
      this.#answered = true;
      this.lastAnswerAt = now;
      this.#silentMs = 0;
      return this.#deadMs >= this.deadAfterMs ? this.#deadMs : null;
    }
    this.#silentMs += gap;
    return this.#silentMs >= (this.#answered ? SILENT_MS : FIRST_ANSWER_MS) ? this.#silentMs : null;
  }
}
