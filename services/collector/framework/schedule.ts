import type { Clock, Millis } from '../../../shared/core/clock.js';
import type { Health } from '../../../shared/process/health.js';
import { sleep } from '../../../shared/process/wait.js';

/** The next multiple of the interval after `now`, so that all hosts read at the same times. */
export function nextTick(now: Millis, intervalMs: Millis): Millis {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

export interface ScheduleOptions {
  readonly intervalMs: Millis;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly health: Pick<Health, 'watch'>;
  /** More than the work takes: without an end of it for so long, besides the interval, it has stopped for good. */
  readonly stuckAfterMs: Millis;
  /** Receives the number of ticks that passed while the work of an earlier one was running. */
  readonly onMissed: (ticks: number) => void;
  readonly work: (now: Millis) => Promise<void>;
  /** Replaced in tests. */
  readonly wait?: (ms: Millis, signal: AbortSignal) => Promise<void>;
}

/**
 * Does the work at once and then at every tick until `signal` aborts, without drift and without overlap:
 * ticks during longer work are missed.
 *
 * @throws the error of `work`
 */
export async function runSchedule({
  intervalMs,
  clock,
  signal,
  health,
  stuckAfterMs,
  onMissed,
  work,
  wait = sleep,
}: ScheduleOptions): Promise<void> {
  let done = 0;
  const unwatch = health.watch(`what is done every ${intervalMs} ms`, {
    // There is always a next time.
    ...{ pending: () => true, done: () => done, afterMs: intervalMs + stuckAfterMs },
  });
  try {
    while (!signal.aborted) {
      const due = nextTick(clock.now(), intervalMs);
      await work(clock.now());
      done += 1;
      const now = clock.now();
      if (now >= due) onMissed(Math.floor((now - due) / intervalMs) + 1);
      const next = nextTick(now, intervalMs);
      // Timers may fire a little early. If the clock was set back, `left` exceeds the interval: do not wait.
      for (
        let left = next - now;
        left > 0 && left <= intervalMs && !signal.aborted;
        left = next - clock.now()
      )
        await wait(left, signal);
    }
  } finally {
    unwatch();
  }
}
