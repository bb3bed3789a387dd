import type { Millis } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { formatDuration } from '../../../../shared/files/duration.js';
import type { Plan } from './plan.js';

/** Of an answer, all series together, with those that are null. */
const MAX_POINTS = 500_000;

/** Steps without points, as null: what is missing shows as a gap. Points as they came have no steps, and stay as they are. */
export function withGaps(
  points: readonly [Millis, number | null][],
  { start, end, stepMs }: Plan,
): [Millis, number | null][] {
  if (stepMs === 0) return [...points];
  const found = new Map(points);
  return Array.from({ length: Math.round((end - start) / stepMs) }, (_, i) => {
    const time = start + i * stepMs;
    return [time, found.get(time) ?? null];
  });
}

/**
 * Few points may be far apart in many series, and each step between them is in the answer.
 *
 * @throws TactusError `TACTUS_QUERY_TOO_LARGE`
 */
export function requireRoom(series: number, { start, end, stepMs }: Plan): void {
  const points = stepMs === 0 ? 0 : series * Math.round((end - start) / stepMs);
  if (points > MAX_POINTS)
    throw new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `resolution: ${formatDuration(stepMs)} gives ${points} points in ${series} series; at most ${MAX_POINTS} are allowed: ask for a coarser one, a shorter range or fewer series`,
    );
}
