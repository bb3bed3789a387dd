import { BEYOND_LIMIT, type SeriesState } from './parts/series-state.js';

/** Configured limits; null for none. */
export interface Limits {
  readonly above: number | null;
  readonly below: number | null;
}

export const NO_LIMITS: Limits = { above: null, below: null };

/** Observations within the limits after which crossing one is reported again. */
const QUIET = 10;

/** A fixed threshold, reported when it is crossed. @returns the limit, or null */
export function crossed({ numbers }: SeriesState, value: number, { above, below }: Limits): number | null {
  const limit = above !== null && value > above ? above : below !== null && value < below ? below : null;
  const before = numbers[BEYOND_LIMIT] ?? 0;
  numbers[BEYOND_LIMIT] = limit === null ? Math.max(0, before - 1) : QUIET;
  return before === 0 ? limit : null;
}
