import type { WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';

/** The figures of a window as written by the stream. */
export type StreamFigures = Readonly<
  Pick<WindowAggregate, 'count' | 'sum' | 'min' | 'max' | 'mean' | 'stddev' | 'first' | 'last'>
>;

/** The figures of a window as computed by the database from stored points. */
export interface StoredFigures {
  readonly count: number;
  readonly sum: number;
  /** Sum of the absolute values, to which the tolerance of a sum is relative. */
  readonly weight: number;
  readonly min: number;
  readonly max: number;
  readonly stddev: number;
  /** Values of all points with the earliest time: which of them is first depends on the order in the log. */
  readonly firsts: readonly number[];
  readonly lasts: readonly number[];
  /** Exact quantiles in the order of the definition; null when it has none. */
  readonly quantiles: readonly number[] | null;
}

/** Both sides of one window, from one snapshot of the database. */
export interface WindowFigures {
  /** Null when no window is stored. */
  readonly stream: StreamFigures | null;
  /** Over all stored points of the window; null when there are none. */
  readonly all: StoredFigures | null;
  /** Over the points that `late` does not report as missed by the window; null when there are none. */
  readonly inTime: StoredFigures | null;
  /** The greatest watermark at which a point was late; null when none was. */
  readonly lateAt: Millis | null;
}

/**
 * Names of the figures that differ by more than `tolerance`.
 *
 * It is relative to the values, not to the figure: a sum whose terms cancel out, or the deviation of nearly equal
 * values, has only the precision of its terms. So it is relative to the sum of the absolute values for sum and mean,
 * and to the largest absolute value for the others. Quantiles are not compared: the stream's are estimates.
 */
export function differingFigures(
  stream: StreamFigures,
  stored: StoredFigures,
  tolerance: number,
): (keyof StreamFigures)[] {
  const { count, weight } = stored;
  const size = Math.max(Math.abs(stored.min), Math.abs(stored.max));
  const close = (a: number, b: number, scale: number) =>
    Math.abs(a - b) <= tolerance * scale || Object.is(a, b);
  const same: Record<keyof StreamFigures, boolean> = {
    count: stream.count === count,
    sum: close(stream.sum, stored.sum, weight),
    min: close(stream.min, stored.min, size),
    max: close(stream.max, stored.max, size),
    mean: close(stream.mean, stored.sum / count, weight / count),
    stddev: close(stream.stddev, stored.stddev, size),
    first: stored.firsts.some((value) => close(stream.first, value, size)),
    last: stored.lasts.some((value) => close(stream.last, value, size)),
  };
  return (Object.keys(same) as (keyof StreamFigures)[]).filter((name) => !same[name]);
}
