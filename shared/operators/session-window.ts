import type { OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import { sessionWindows } from './keyed-windows.js';
import { checkWhole, type WindowBatch, type WindowOptions } from './options.js';
import { windowOperator } from './window-operator.js';

const HOUR_MS = 3_600_000;

export interface SessionWindowOptions<T, A, R> extends WindowOptions<T, A, R> {
  /** A pause of at least this length ends a session. */
  readonly gapMs: Millis;
  /**
   * A session whose records span at least this is cut at its next multiple since the epoch, and what
   * follows is a session of its own: so one that never pauses is seen and does not grow. At least
   * twice the gap; default an hour, or twice the gap if that is more.
   */
  readonly maxMs?: Millis;
}

/**
 * Windows of activity: a key's records that follow one another within less than the gap.
 *
 * `start` is the first record's timestamp, `end` the last one's plus the gap, exclusive; it is
 * emitted when the watermark reaches the end. A record between two open sessions makes them one
 * (merging windows: Akidau et al. 2015, "The Dataflow Model"; also Traub et al. 2019 on slicing
 * sessions). A record is late when the session that it would form or join has been emitted. It also
 * is when it lies before another record of its key that was late, or is a gap and `maxMs` behind.
 *
 * Batches, emissions, errors and subscriptions as in {@link tumblingWindow}.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { count, sessionWindow } from 'tactus/operators';
 *
 * interface Click { at: number; user: string }
 * const batches: Click[][] = [
 *   [{ at: 0, user: 'ann' }, { at: 20_000, user: 'ann' }],
 *   [{ at: 90_000, user: 'ann' }],
 * ];
 * of(...batches)
 *   .pipe(
 *     sessionWindow({
 *       gapMs: 30_000,
 *       graceMs: 5_000,
 *       timestamp: (click: Click) => click.at,
 *       key: (click) => click.user,
 *       aggregate: count(),
 *     }),
 *   )
 *   .subscribe(({ windows }) => {
 *     for (const { key, start, end, watermark, result } of windows) console.log(key, start, end, watermark, result);
 *   });
 * // ann 0 50000 85000 2
 * // ann 90000 120000 Infinity 1
 * ```
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for an option that is not allowed
 */
export function sessionWindow<T, A, R>(
  options: SessionWindowOptions<T, A, R>,
): OperatorFunction<Iterable<T>, WindowBatch<T, R>> {
  const { gapMs, graceMs, aggregate } = options;
  checkWhole('gapMs', gapMs, 1);
  const maxMs = options.maxMs ?? Math.max(HOUR_MS, 2 * gapMs);
  checkWhole('maxMs', maxMs, 2 * gapMs);
  const window = { name: 'session', gapMs, graceMs, maxMs };
  return windowOperator(options, (maxSessions) => sessionWindows(window, maxSessions, aggregate));
}
