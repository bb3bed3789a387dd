import type { WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';

/** The figures of a window as written by the stream. */
export type StreamFigures = Readonly<
  Pick<
    WindowAggregate,
    'count' | 'sum' | 'min' | 'max' | 'mean' | 'stddev' | 'first' | 'last' | 'increase' | 'distinct'
  >
>;

/** What the counters of a window go up by, as computed by the database. */
export interface StoredIncrease {
  /** Null where points before the window may be gone, or were not known to the stream: it is not compared then. */
  readonly sum: number | null;
  /** Sum of the sizes of what is added. */
  readonly weight: number;
  /** Points of one counter have the same time: which of them was last, only the log knows, and it is not compared. */
  readonly tied: boolean;
}

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
  /** Points that increases are made of. */
  readonly counters: number;
  /** Null without such points. */
  readonly increase: StoredIncrease | null;
  /** Points that stand for a member. */
  readonly members: number;
  /** How many different members, by the sketch of windowing over the points; null without any. */
  readonly distinct: number | null;
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
  /** Of the members of all stored points; null without any. */
  readonly sketch: Buffer | null;
}

/**
 * Names of the figures that differ by more than `tolerance`.
 *
 * It is relative to the values, not to the figure: a sum whose terms cancel out, or the deviation of nearly equal
 * values, has only the precision of its terms. So it is relative to the sum of the absolute values for sum and mean,
 * and to the largest absolute value for the others. That of an increase is relative to the sizes of what it is the sum of, and a
 * millionth of the largest value. Quantiles are not compared: the stream's are estimates.
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
    increase: isSameIncrease(stream.increase, stored.increase, (a, b, weight) =>
      close(a, b, weight + INCREASE_OF_SIZE * size),
    ),
    distinct: stream.distinct === stored.distinct,
  };
  return (Object.keys(same) as (keyof StreamFigures)[]).filter((name) => !same[name]);
}

/**
 * Share of the largest value that the tolerance of an increase is relative to, besides what it is the sum of: disorder and
 * late points are put in by adding and subtracting.
 */
export const INCREASE_OF_SIZE = 1e-6;

function isSameIncrease(
  stream: number | null,
  stored: StoredIncrease | null,
  close: (a: number, b: number, weight: number) => boolean,
): boolean {
  if (stored === null) return stream === null;
  if (stored.sum === null) return true;
  return stream !== null && (stored.tied || close(stream, stored.sum, stored.weight));
}
