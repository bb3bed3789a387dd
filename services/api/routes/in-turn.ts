import { setImmediate } from 'node:timers/promises';
import { TactusError } from '../../../shared/core/errors.js';

/** After so long without a pause, others have their turn. */
const PAUSE_AFTER_MS = 10;

/**
 * Does the same with many, one after the other, and lets others have their turn in between: each may take some time, as an alert does
 * that is tried with all patterns of silences.
 *
 * @param doing the purpose in words, for who has gone
 * @throws TactusError `TACTUS_QUERY_TIMEOUT`
 */
export async function eachInTurn<T, R>(
  all: readonly T[],
  doing: string,
  gone: AbortSignal,
  work: (one: T) => R,
): Promise<R[]> {
  const done: R[] = [];
  let paused = performance.now();
  for (const one of all) {
    if (performance.now() - paused >= PAUSE_AFTER_MS) {
      await setImmediate();
      if (gone.aborted) throw new TactusError('TACTUS_QUERY_TIMEOUT', `${doing}: the client has gone`);
      paused = performance.now();
    }
    done.push(work(one));
  }
  return done;
}
