import type { SeriesState } from './series-state.js';

/** Differences below this share of the value are rounding. */
export const ROUNDING = 1e-9;

/** One observation, and what there is to say about it before any part looks. */
export interface Moment {
  at: number;
  value: number;
  /** What the seasonal profile expects; NaN while there is none. */
  season: number;
  /** Observations before this one. */
  count: number;
}

/**
 * One view of a series. Its residuals are measured by how rare they are among its own earlier ones,
 * so a part needs no scale, and one that has nothing to say about a series does no harm.
 */
export interface Part {
  readonly name: string;
  /** Its residuals are logarithms of ratios, whatever the size of the values. */
  readonly isRatio?: true;
  /** Residuals that must have been counted before it is heard; none where that is not given. */
  readonly heardFrom?: number;
  /** How far from usual, with a sign; NaN while it cannot say. Learns nothing. */
  residual(state: SeriesState, moment: Moment): number;
  learn(state: SeriesState, moment: Moment): void;
  /** What was usual and what was seen instead, in the part's own measure. */
  compare(state: SeriesState, moment: Moment): { usual: number; seen: number };
}

/** Moves the number at `cell` towards `target`; the first ones count in full, as in a plain mean. */
export function smooth(
  state: SeriesState,
  cell: number,
  target: number,
  weight: number,
  count: number,
): void {
  state.numbers[cell] = smoothed(state, cell, target, weight, count);
}

/** What {@link smooth} would make of the number. */
export function smoothed(
  { numbers }: SeriesState,
  cell: number,
  target: number,
  weight: number,
  count: number,
): number {
  const now = numbers[cell] ?? 0;
  return now + Math.max(weight, 1 / (count + 1)) * (target - now);
}
