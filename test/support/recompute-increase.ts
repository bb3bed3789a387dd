import type { MetricPoint } from '../../schemas/types.js';

/*
 * What counters go up by, as anybody would work it out who has all points and what `late` says; the test's own idea, not the
 * workers'.
 */

export type CounterPoint = Pick<MetricPoint, 'timestamp' | 'value' | 'startTimestamp'>;

/** From the one before, if there is one that is no further away than `idleMs`. */
function step(before: CounterPoint | null, point: CounterPoint, idleMs: number): number {
  const { timestamp: at, value, startTimestamp: began } = point;
  // A start says that the value was 0 then.
  let last = before;
  if (began !== null && began <= at && (last === null || began > last.timestamp))
    last = { timestamp: began, value: 0, startTimestamp: null };
  if (last === null || at - last.timestamp > idleMs) return 0;
  return value < last.value ? value : value - last.value;
}

/**
 * Of one counter, over the points of a window.
 *
 * @param points in order of the log, with those before the window that count in the windows it follows
 */
export function increaseOver(points: readonly CounterPoint[], start: number, idleMs: number): number {
  let sum = 0;
  let before: CounterPoint | null = null;
  for (const point of [...points].sort((a, b) => a.timestamp - b.timestamp)) {
    if (point.timestamp >= start) sum += step(before, point, idleMs);
    before = point;
  }
  return sum;
}

/** Start of that one of the windows of this size which end where the next begins, up to `start`, that a time before lies in. */
export function followedWindow(at: number, start: number, sizeMs: number): number {
  return start - Math.ceil((start - at) / sizeMs) * sizeMs;
}
