/*
 * What counters go up by, as anybody would work it out who has all points and what `late` says; the test's own idea, not the
 * workers'.
 */

export interface CounterPoint {
  readonly timestamp: number;
  readonly value: number;
  readonly startTimestamp?: number | null | undefined;
}

/** From the one before, if there is one that is no further away than `idleMs`. */
function step(before: CounterPoint | null, point: CounterPoint, idleMs: number): number {
  const { timestamp: at, value, startTimestamp: began = null } = point;
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

/**
 * The points of a counter that the increase of a window is made of: those that it counts, and the last one before that counts in
 * the window that it is in, of those which end where the next begins, up to this one.
 *
 * @param sorted by time
 */
export function pointsAround<T extends CounterPoint>(
  sorted: readonly T[],
  start: number,
  sizeMs: number,
  counts: (point: T, start: number) => boolean,
): T[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as T).timestamp < start) low = middle + 1;
    else high = middle;
  }
  const points: T[] = [];
  for (let i = low - 1; i >= 0 && points.length === 0; i--) {
    const point = sorted[i] as T;
    if (counts(point, followedWindow(point.timestamp, start, sizeMs))) points.push(point);
  }
  for (let i = low; i < sorted.length; i++) {
    const point = sorted[i] as T;
    if (point.timestamp >= start + sizeMs) break;
    if (counts(point, start)) points.push(point);
  }
  return points;
}
