import type { Cause } from '../../../shared/windows/tally.js';
import { differingFigures, type WindowFigures } from './figures.js';

/** The result of comparing one window. */
export interface Finding {
  /** Null without a difference. */
  readonly cause: Cause | null;
  /** The difference in words; empty without one. */
  readonly detail: string;
  /** Stored points that should be in the window or in `late`. */
  readonly stored: number;
  /** Those of them that the window counts. */
  readonly counted: number;
  /** Those of them that `late` reports. */
  readonly late: number;
}

/** Compares one window with its stored points. */
export function findingOf(
  { stream, all, inTime }: Pick<WindowFigures, 'stream' | 'all' | 'inTime'>,
  tolerance: number,
): Finding {
  const stored = all?.count ?? 0;
  const expected = inTime?.count ?? 0;
  const found = stream?.count ?? 0;
  const points = { stored, late: stored - expected, counted: Math.min(found, expected) };
  const finding = (cause: Cause | null, detail: string): Finding => ({ cause, detail, ...points });
  // A point that came twice, the second time late, is in `late` although the window counts it.
  if (stream !== null && all !== null && differingFigures(stream, all, tolerance).length === 0)
    return { cause: null, detail: '', stored, late: 0, counted: stored };
  const wrong = stream === null || inTime === null ? [] : differingFigures(stream, inTime, tolerance);
  // What it says of its members is right or nothing.
  const isRefused =
    stream?.distinct === null && wrong.every((name) => name === 'distinct') && wrong.length > 0;
  if (found === expected && (wrong.length === 0 || isRefused)) {
    if (points.late > 0)
      return finding('late', `${points.late} of ${stored} points came after it had closed`);
    if (isRefused) return finding('refused', 'windowing had no room for its members');
    // All its points are in time, and with those before it that were late its increase is another.
    if (stream !== null && all !== null)
      return finding('late', 'its increase begins at a point that was late');
    return finding(null, '');
  }
  if (stream === null) return finding('missing', `no window is stored for ${expected} points`);
  if (all === null) return finding('wrong', `it counts ${found} points, and none is stored`);
  if (found < expected) return finding('missing', `it counts ${found} of ${expected} points`);
  if (found > expected) return finding('duplicated', `it counts ${found} points, and ${expected} are stored`);
  return finding('wrong', `the points are all there, but not the right ${wrong.join(', ')}`);
}

/** True without a difference, or with one that late points or the bound of sketches explain. */
export function isExplained({ cause }: Finding): boolean {
  return cause === null || cause === 'late' || cause === 'refused';
}
