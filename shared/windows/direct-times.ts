import type { Millis } from '../core/clock.js';

export interface Bounds {
  /** The least time of the other sources that count. */
  readonly least: Millis;
  /** The least of those that were passed over for standing still. */
  readonly held: Millis;
  readonly time: Millis;
  readonly timeWithHeld: Millis;
}

/**
 * Replaces the times of records without notes from `from` up to `to`, exclusive, by the stream time with each counted
 * beside other sources; gives in `withHeld` the one without anybody passed over.
 *
 * @returns both, behind the last
 */
export function goOnWith(
  times: Float64Array,
  from: number,
  to: number,
  bounds: Bounds,
  withHeld: Float64Array | null,
): [time: Millis, timeWithHeld: Millis] {
  let { time, timeWithHeld } = bounds;
  for (let i = from; i < to; i++) {
    const least = Math.min(times[i] as number, bounds.least);
    if (least > time) time = least;
    if (least > timeWithHeld) timeWithHeld = Math.max(timeWithHeld, Math.min(least, bounds.held));
    times[i] = time;
    if (withHeld !== null) withHeld[i] = timeWithHeld;
  }
  return [time, timeWithHeld];
}
