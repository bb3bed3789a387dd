import { COUNT, LAST, LONGEST_RUN, REPEATS, RUN, type SeriesState } from './parts/series-state.js';

/** Observations before a run of equal values can be called long. */
const KNOWN_AFTER = 200;
/** A series of which a larger share repeats the value before stands still as a rule. */
const OFTEN = 0.5;
/** Stuck after so many times the longest run of late, and at least so many values. */
const TIMES = 3;
const LEAST = 12;
/** A run that was reported makes the next ones usual up to so many times the limit. */
const MOST = 4;
/** How fast the longest run is forgotten, each observation. */
const FADE = 1e-4;
const WEIGHT = 0.002;

/**
 * A sensor that is stuck: the same value again and again, in a series that is not like that. Counts a value.
 *
 * @returns how often the value was repeated, once in a run, when that is far more than the series has shown; else null
 */
export function stuck(
  { numbers, extras }: SeriesState,
  value: number,
): { usual: number; seen: number } | null {
  const count = numbers[COUNT] ?? 0;
  if (count === 0) return null;
  const longest = extras[LONGEST_RUN] ?? 0;
  const share = extras[REPEATS] ?? 0;
  const isEqual = value === numbers[LAST];
  const before = extras[RUN] ?? 0;
  const run = isEqual ? before + 1 : 0;
  const limit = Math.max(LEAST, Math.ceil(TIMES * longest));
  // A run teaches when it is over.
  if (!isEqual) extras[LONGEST_RUN] = Math.max((1 - FADE) * longest, Math.min(before, MOST * limit));
  if (run < limit) extras[REPEATS] = share + Math.max(WEIGHT, 1 / (count + 1)) * ((isEqual ? 1 : 0) - share);
  extras[RUN] = run;
  return run === limit && count > KNOWN_AFTER && share < OFTEN ? { usual: longest, seen: run } : null;
}
