import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { TimeAllowance } from './time-allowance.js';
import { isGlob, type Wanted } from './wanted.js';

/** Globs of one subscription times names. */
const MAX_COMPARISONS = 100_000;
/** Of the process's time, for the subscriptions of one tenant's callers. */
const AT_ONCE_MS: Millis = 2_000;
const SHARE = 0.2;
const SECOND_MS: Millis = 1_000;

/** A subscription is compared with all names of metrics of a tenant: whoever has many of both takes time that all share. */
export class SubscribeBounds {
  readonly #time = new TimeAllowance(AT_ONCE_MS, SHARE);

  /**
   * @param callers whose tenant they are of
   * @param names of metrics that there are to be compared with
   * @throws TactusError `TACTUS_REQUEST_INVALID`, `TACTUS_API_OVERLOADED`
   */
  require(callers: string, { metrics }: Wanted, names: number, now: Millis): void {
    const globs = metrics.filter(isGlob).length;
    if (globs > 1 && globs * names > MAX_COMPARISONS)
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        `metrics: ${globs} globs would be compared with ${names} names each; allowed are ${MAX_COMPARISONS} comparisons: subscribe to fewer at once`,
      );
    const waitMs = this.#time.waitMs(callers, now);
    if (waitMs > 0)
      throw new TactusError(
        'TACTUS_API_OVERLOADED',
        `the subscriptions of the tenant took too long lately; allowed again in ${Math.ceil(waitMs / SECOND_MS)} s`,
      );
  }

  /** A subscription has taken so long. */
  spent(callers: string, ms: Millis, now: Millis): void {
    this.#time.spend(callers, ms, now);
  }
}
