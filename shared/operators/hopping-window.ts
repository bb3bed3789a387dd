import type { OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import { alignedWindows } from './keyed-windows.js';
import { checkWhole, type WindowBatch, type WindowOptions } from './options.js';
import { windowOperator } from './window-operator.js';

export interface HoppingWindowOptions<T, A, R> extends WindowOptions<T, A, R> {
  /** Length of a window. */
  readonly sizeMs: Millis;
  /** From the start of one window to the start of the next; a divisor of `sizeMs`. */
  readonly advanceMs: Millis;
}

/**
 * Overlapping windows of a fixed length, aligned to the epoch: `[n * advanceMs, n * advanceMs + sizeMs)`.
 *
 * A record costs one update, however many windows it is in: it goes into the pane of `advanceMs`
 * around it, and a window is merged from its panes when it closes (Li, Maier, Tufte, Papadimos and
 * Tucker 2005, "No pane, no gain: efficient evaluation of sliding-window aggregates over data
 * streams"; general stream slicing in Traub et al. 2019, "Efficient window aggregation with general
 * stream slicing"). Closing a window costs one merge for each of its panes and keys.
 *
 * Batches, emissions, errors and subscriptions as in {@link tumblingWindow}.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { hoppingWindow, quantiles } from 'tactus/operators';
 *
 * interface Request { at: number; path: string; ms: number }
 * const batches: Request[][] = [[{ at: 5_000, path: '/', ms: 30 }], [{ at: 25_000, path: '/', ms: 90 }]];
 * of(...batches)
 *   .pipe(
 *     hoppingWindow({
 *       sizeMs: 20_000,
 *       advanceMs: 10_000,
 *       graceMs: 0,
 *       timestamp: (request: Request) => request.at,
 *       key: (request) => request.path,
 *       aggregate: quantiles((request) => request.ms, [0, 1]),
 *     }),
 *   )
 *   .subscribe(({ windows }) => console.log(windows.map(({ start, result }) => [start, ...result])));
 * // [ [ -10000, 30, 30 ], [ 0, 30, 30 ] ]
 * // [ [ 10000, 90, 90 ], [ 20000, 90, 90 ] ]
 * ```
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for an option that is not allowed
 */
export function hoppingWindow<T, A, R>(
  options: HoppingWindowOptions<T, A, R>,
): OperatorFunction<Iterable<T>, WindowBatch<T, R>> {
  const { sizeMs, advanceMs, graceMs, aggregate } = options;
  checkWhole('sizeMs', sizeMs, 1);
  checkWhole('advanceMs', advanceMs, 1);
  if (sizeMs % advanceMs !== 0) {
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `advanceMs is ${advanceMs}; allowed is a divisor of sizeMs, which is ${sizeMs}`,
    );
  }
  const window = { name: 'window', sizeMs, advanceMs, graceMs };
  return windowOperator(options, (maxKeys) => alignedWindows(window, maxKeys, aggregate));
}
