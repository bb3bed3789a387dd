import type { Millis } from '../../shared/core/clock.js';
import { sleep, untilItWorks, type WaitingFor } from '../../shared/process/wait.js';

/** The outcome of one step: whether another instance leads, or more work can be done at once. */
export type StepOutcome = 'standby' | 'done' | 'more';

export interface WorkLoop {
  /** Done in turn, each a bounded piece of work that can be repeated after an error. */
  readonly steps: readonly (() => Promise<StepOutcome>)[];
  /** Pause after a pass that left no more to do. */
  readonly intervalMs: number;
  readonly waiting: WaitingFor;
  /** Another value after each piece of a step. */
  readonly pieces: () => number;
  /** A step without a piece for so long has stopped for good: more than any piece takes. */
  readonly stuckAfterMs: Millis;
}

/**
 * Repeats the steps until `waiting.signal` aborts: begins with the first one again after one that fails because of a
 * server, since who leads may have changed meanwhile; ends the pass where another instance leads, and pauses when there
 * is no more to do.
 *
 * @throws the error of a step that is not retriable, or that was interrupted by the signal
 */
export async function runWorkLoop({
  steps,
  intervalMs,
  waiting,
  pieces,
  stuckAfterMs,
}: WorkLoop): Promise<void> {
  let works = false;
  let done = 0;
  const unwatch = waiting.health.watch('batch', {
    pending: () => works,
    done: () => done + pieces(),
    afterMs: stuckAfterMs,
  });
  const pass = async (): Promise<boolean> => {
    let more = false;
    for (const step of steps) {
      const outcome = await step();
      done += 1;
      if (outcome === 'standby') break;
      more ||= outcome === 'more';
    }
    return more;
  };
  try {
    while (!waiting.signal.aborted) {
      works = true;
      const more = await untilItWorks(pass, waiting);
      works = false;
      if (!more) await sleep(intervalMs, waiting.signal);
    }
  } finally {
    unwatch();
  }
}
