import type { WindowAggregate } from '../../../schemas/types.js';

/** The figures of a window as the stream has written them. */
export type StreamFigures = Readonly<
  Pick<WindowAggregate, 'count' | 'sum' | 'min' | 'max' | 'mean' | 'stddev' | 'first' | 'last'>
>;

/** The same, computed by the database over stored points. */
export interface StoredFigures {
  readonly count: number;
  readonly sum: number;
  /** Sum of the values' sizes: what the tolerance of a sum is measured by. */
  readonly weight: number;
  readonly min: number;
  readonly max: number;
  readonly stddev: number;
  /** Values of all points with the least time: of those, the log's order decides, which no table has. */
  readonly firsts: readonly number[];
  readonly lasts: readonly number[];
  /** Exact quantiles in the order in which the definition names them; null when it names none. */
  readonly quantiles: readonly number[] | null;
}

/**
 * Names of the figures that differ by more than `tolerance`.
 *
 * It is relative to the size of what goes in, not of what comes out: a sum whose terms cancel out, and the deviation
 * of nearly equal values, have no more digits than their terms leave them, in any order of adding. So sum and
 * mean are held against the sum of the values' sizes, the others against the largest value. The quantiles are not
 * compared: the stream's are estimates.
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
