import type { Millis } from '../../../../shared/core/clock.js';
import type { Plan } from './plan.js';

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
