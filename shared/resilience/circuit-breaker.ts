import type { Millis } from '../core/clock.js';

export type CircuitState = 'closed' | 'open' | 'half_open';

export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open before one call is let through to try. */
  readonly openMs: Millis;
}

/**
 * A circuit breaker (Nygard, "Release It!"): after some failures in a row nothing is sent for a while, then one
 * call decides whether it goes on. It is handed the time and does no I/O.
 */
export class CircuitBreaker {
  #failures = 0;
  #openedAt: Millis | null = null;
  #trying = false;

  constructor(private readonly options: CircuitOptions) {}

  state(now: Millis): CircuitState {
    if (this.#openedAt === null) return 'closed';
    return now - this.#openedAt >= this.options.openMs ? 'half_open' : 'open';
  }

  /** True if a call may be made now; `began` is to follow. Half-open, one at a time. */
  allows(now: Millis): boolean {
    const state = this.state(now);
    return state === 'closed' || (state === 'half_open' && !this.#trying);
  }

  began(): void {
    this.#trying = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openedAt = null;
    this.#trying = false;
  }

  failed(now: Millis): void {
    this.#failures += 1;
    this.#trying = false;
    if (this.#openedAt !== null || this.#failures >= this.options.failures) this.#openedAt = now;
  }
}
