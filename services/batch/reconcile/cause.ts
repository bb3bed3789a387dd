import { differingFigures, type StoredFigures, type StreamFigures } from './figures.js';

/**
 * Why a window of the stream is not what the stored points say:
 *
 * - `late`: exactly the points that `late` reports for it are not in it.
 * - `missing`: stored points that were not late are in no window, because there is none or it counts fewer.
 * - `duplicated`: it counts more points than are stored.
 * - `wrong`: the number of points is right, another figure is not; or there are no points at all.
 */
export const CAUSES = ['late', 'missing', 'duplicated', 'wrong'] as const;
export type Cause = (typeof CAUSES)[number];

/** What is known of one window. */
export interface Evidence {
  /** Null when no window is stored. */
  readonly stream: StreamFigures | null;
  /** Over all stored points of the window; null when there are none. */
  readonly all: StoredFigures | null;
  /** Over those that `late` does not report as missed by it; null when there are none. */
  readonly inTime: StoredFigures | null;
}

export interface Finding {
  /** Null when nothing is wrong. */
  readonly cause: Cause | null;
  /** For people; empty when nothing is wrong. */
  readonly detail: string;
  /** Stored points that ought to be in the window or in `late`. */
  readonly stored: number;
  /** Those of them that the window counts. */
  readonly counted: number;
  /** Those of them that `late` reports. */
  readonly late: number;
}

/** Judges one window. */
export function findingOf({ stream, all, inTime }: Evidence, tolerance: number): Finding {
  const stored = all?.count ?? 0;
  const expected = inTime?.count ?? 0;
  const found = stream?.count ?? 0;
  const points = { stored, late: stored - expected, counted: Math.min(found, expected) };
  const because = (cause: Cause | null, detail: string): Finding => ({ cause, detail, ...points });
  // A point that came twice, the second time late, is reported though it counts.
  if (stream !== null && all !== null && differingFigures(stream, all, tolerance).length === 0)
    return { cause: null, detail: '', stored, late: 0, counted: stored };
  const off = stream === null || inTime === null ? [] : differingFigures(stream, inTime, tolerance);
  if (found === expected && off.length === 0) {
    if (points.late === 0) return because(null, '');
    return because('late', `${points.late} of ${stored} points came after it had closed`);
  }
  if (stream === null) return because('missing', `no window is stored for ${expected} points`);
  if (all === null) return because('wrong', `it counts ${found} points, and none is stored`);
  if (found < expected) return because('missing', `it counts ${found} of ${expected} points`);
  if (found > expected) return because('duplicated', `it counts ${found} points, and ${expected} are stored`);
  return because('wrong', `the points are all there, but not the right ${off.join(', ')}`);
}
