import type { Moment } from './parts/part.js';
import { HIGH, LONG, LOW, type SeriesState } from './parts/series-state.js';

/** Share of the range from which a deviation counts in full. */
const FULL = 0.05;
/** The range is at least this share of the level: 0.04 above a constant of 100 is next to nothing. */
const LEAST_RANGE = 0.05;
/** How fast the range narrows, each observation. */
const NARROWS = 1e-4;

/** How large a deviation is for this series, 0 to 1: that share of the evidence counts, however rare it is. */
export function effectSize({ numbers, extras }: SeriesState, { value, season }: Moment): number {
  const long = numbers[LONG] ?? 0;
  const range = Math.max((extras[HIGH] ?? 0) - (extras[LOW] ?? 0), LEAST_RANGE * Math.abs(long));
  const full = FULL * range;
  if (full === 0) return 1;
  const fromLong = Math.abs(value - long);
  const deviation = Number.isNaN(season) ? fromLong : Math.max(fromLong, Math.abs(value - season));
  return Math.sqrt(Math.min(1, deviation / full));
}

/** Takes a value into the range of those seen. */
export function learnRange({ extras }: SeriesState, value: number): void {
  const narrower = NARROWS * ((extras[HIGH] ?? 0) - (extras[LOW] ?? 0));
  extras[HIGH] = Math.max(value, (extras[HIGH] ?? 0) - narrower);
  extras[LOW] = Math.min(value, (extras[LOW] ?? 0) + narrower);
}
