import type { Millis } from '../core/clock.js';
import type { Source } from './source.js';

/** For so long a source that is read to its end must be far behind until it counts as idle. */
export const SLOW_MS: Millis = 30_000;

/**
 * The highest time of sources that are slow: read to their end, and yet behind all that are not slow by more than
 * `gapMs`. Several may be slow, however close to each other, so that none of them hides the others.
 *
 * @param counted all that count, `most` being the highest time of any
 * @returns null when none is slow
 */
export function slowUpTo(counted: readonly Source[], most: Millis, gapMs: Millis): Millis | null {
  let least = Number.POSITIVE_INFINITY;
  /** Of those that have more to read: nobody is slow who is not behind these. */
  let reading = Number.POSITIVE_INFINITY;
  for (const { time, atEnd } of counted) {
    if (time < least) least = time;
    if (!atEnd && time < reading) reading = time;
  }
  // Nearly always: the sources go on side by side, or the slowest has more to read.
  if (reading <= least || most - least <= gapMs) return null;
  const times = counted.map(({ time }) => time).filter((time) => time < reading);
  times.sort((a, b) => a - b);
  if (Number.isFinite(reading)) times.push(reading);
  for (let i = times.length - 1; i > 0; i--) {
    const below = times[i - 1] as number;
    if ((times[i] as number) - below > gapMs) return below;
  }
  return null;
}

/** A note or claim names the source, or it sends without notes: it lives, and is as slow as before. */
export function heardOf({ slow }: Source, clock: Millis, mostMs: Millis): void {
  if (slow === null) return;
  slow.ms += Math.min(clock - slow.at, mostMs);
  slow.at = clock;
}
