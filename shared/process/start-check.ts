import { messageOf } from '../core/errors.js';
import type { WorkerContext } from './context.js';

/**
 * Ends a worker that starts where `check` fails; one that has started meets the fault where it needs what was checked,
 * and waits. Delays nothing: a server may take long to answer, and others are not to wait for it.
 */
export function checkedAtStart(
  { health, fail, log }: Pick<WorkerContext, 'health' | 'fail' | 'log'>,
  check: Promise<void>,
): void {
  check.catch((error: unknown) => {
    if (!health.hasStarted) fail(error);
    else log.debug({ error }, `found after the start: ${messageOf(error)}`);
  });
}
