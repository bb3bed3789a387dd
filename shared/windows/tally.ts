import { addDelays } from './delays.js';

/**
 * Why a window of the stream differs from its stored points:
 *
 * - `late`: it lacks exactly the points that `late` reports for it, or its increase lacks what such a point, before its first
 *   one, had gone up to.
 * - `refused`: it does not say how many members it has, for which windowing had no room.
 * - `missing`: it lacks stored points that were not late, or there is no window for them.
 * - `duplicated`: it counts more points than are stored.
 * - `wrong`: the number of points is right, but another figure is not; or no points are stored at all.
 */
export const CAUSES = ['late', 'refused', 'missing', 'duplicated', 'wrong'] as const;
export type Cause = (typeof CAUSES)[number];

/** Counts over some windows of one tenant and definition; tallies can be added. */
export interface Tally {
  /** Windows that the stream has written. */
  windows: number;
  /** Those whose figures equal those of the stored points, late ones left out. */
  equal: number;
  /** Stored points, once for each window that they belong to. */
  stored: number;
  /** Those that their window counts. */
  counted: number;
  /** Those that `late` reports as missed by their window. */
  late: number;
  /** Windows that differ, by cause. */
  readonly causes: Record<Cause, number>;
  readonly delays: Record<string, number>;
}

export function emptyTally(): Tally {
  const causes = Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>;
  return { windows: 0, equal: 0, stored: 0, counted: 0, late: 0, causes, delays: {} };
}

export function addTally(into: Tally, from: Tally): void {
  into.windows += from.windows;
  into.equal += from.equal;
  into.stored += from.stored;
  into.counted += from.counted;
  into.late += from.late;
  for (const cause of CAUSES) into.causes[cause] += from.causes[cause];
  addDelays(into.delays, from.delays);
}

/**
 * Share of the stored points that their window counts or `late` reports; 1 without points. A point that one
 * window counts twice does not compensate for one that another lacks.
 */
export function completeness({ stored, counted, late }: Tally): number {
  return stored === 0 ? 1 : (counted + late) / stored;
}

/** Share of the stream's windows with right figures; 1 without windows. */
export function accuracy({ windows, equal }: Tally): number {
  return windows === 0 ? 1 : equal / windows;
}
