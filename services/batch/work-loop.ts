import { sleep, untilItWorks, type WaitingFor } from '../../shared/process/wait.js';

/** The outcome of one step: whether another instance leads, or more work can be done at once. */
export type StepOutcome = 'standby' | 'done' | 'more';

export interface WorkLoop {
  /** Done in turn, each a bounded piece of work that can be repeated after an error. */
  readonly steps: readonly (() => Promise<StepOutcome>)[];
  /** Pause after a pass that left no more to do. */
  readonly intervalMs: number;
  readonly waiting: WaitingFor;
}

/**
 * Repeats the steps until `waiting.signal` aborts: retries a step that fails because of a server, ends the
 * pass where another instance leads, and pauses when there is no more to do.
 *
 * @throws the error of a step that is not retriable, or that was interrupted by the signal
 */
export async function runWorkLoop({ steps, intervalMs, waiting }: WorkLoop): Promise<void> {
  while (!waiting.signal.aborted) {
    let more = false;
    for (const step of steps) {
      const outcome = await untilItWorks(step, waiting);
      if (outcome === 'standby') break;
      more ||= outcome === 'more';
    }
    if (!more) await sleep(intervalMs, waiting.signal);
  }
}
