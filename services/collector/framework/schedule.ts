import type { Clock, Millis } from '../../../shared/core/clock.js';
import { sleep } from '../../../shared/process/wait.js';

/** The next multiple of the interval after `now`: readings of all hosts fall on the same beat. */
export function nextBeat(now: Millis, intervalMs: Millis): Millis {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

export interface ScheduleOptions {
  readonly intervalMs: Millis;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told how many beats went by while the work of an earlier one was still being done. */
  readonly onMissed: (beats: number) => void;
  readonly work: (now: Millis) => Promise<void>;
  /** How to wait; only tests bring their own. */
  readonly wait?: (ms: Millis, signal: AbortSignal) => Promise<void>;
}

/**
 * Does the work at once and then on every beat until `signal` aborts. It neither drifts nor
 * overlaps: work that takes longer than the interval makes the beats under it be missed.
 *
 * @throws what `work` throws
 */
export async function runSchedule({
  intervalMs,
  clock,
  signal,
  onMissed,
  work,
  wait = sleep,
}: ScheduleOptions): Promise<void> {
  while (!signal.aborted) {
    const due = nextBeat(clock.now(), intervalMs);
    await work(clock.now());
    const now = clock.now();
    if (now >= due) onMissed(Math.floor((now - due) / intervalMs) + 1);
    const next = nextBeat(now, intervalMs);
    // Timers may fire a little early. A clock that was set back makes the rest longer than a beat.
    for (let left = next - now; left > 0 && left <= intervalMs && !signal.aborted; left = next - clock.now())
      await wait(left, signal);
  }
}
