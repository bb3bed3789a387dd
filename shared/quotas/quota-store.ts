import type { QuotaAlgorithm } from '../tenancy/profile.js';
import type { Rate } from './meter.js';

/** One thing that is counted by all instances together. */
export interface SharedMeter {
  /** Names it; the same in all instances. */
  readonly id: string;
  readonly algorithm: QuotaAlgorithm;
  readonly rate: Rate;
  /** How much is needed; below 0, and as much as `want`, for what is given back. */
  readonly least: number;
  /** How much to take if there is so much, to have some for what comes next. */
  readonly want: number;
}

export interface Granted {
  /** Between `least` and `want`, and taken; 0 where there is less than `least`. */
  readonly amount: number;
  /** What is left then. */
  readonly remaining: number;
  /** Until `least` fits if nobody takes anything; Infinity when it never will. */
  readonly waitMs: number;
  /** Until nothing counts any more that was taken. */
  readonly resetMs: number;
}

/** Meters that several instances take from. */
export interface QuotaStore {
  /** Whether asking makes sense at all: false while there is no connection. */
  readonly ready: boolean;
  /**
   * Takes from several meters, each for itself.
   *
   * @throws TactusError `TACTUS_REDIS_UNAVAILABLE`, also when there is no answer in time
   */
  take(meters: readonly SharedMeter[]): Promise<readonly Granted[]>;
}
