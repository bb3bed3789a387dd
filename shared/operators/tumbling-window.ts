import type { OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import { hoppingWindow } from './hopping-window.js';
import type { WindowBatch, WindowOptions } from './options.js';

export interface TumblingWindowOptions<T, A, R> extends WindowOptions<T, A, R> {
  /** Length of a window: windows are `[n * sizeMs, n * sizeMs + sizeMs)`. */
  readonly sizeMs: Millis;
}

/**
 * Windows of a fixed length, one after the other, aligned to the epoch: each record counts in one.
 *
 * In: batches (arrays or other iterables) of timed records, in any order. Out: at most one
 * {@link WindowBatch} for each of them, with the windows that it closed, its late records and those
 * beyond the limit of keys; nothing for a batch without any of these. Errors of the functions in
 * the options are errors of the stream. Each subscription has windows of its own.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { sum, tumblingWindow } from 'tactus/operators';
 *
 * interface Sale { at: number; shop: string; euros: number }
 * const batches: Sale[][] = [
 *   [{ at: 1_000, shop: 'a', euros: 5 }, { at: 8_000, shop: 'a', euros: 7 }],
 *   [{ at: 12_000, shop: 'a', euros: 1 }],
 * ];
 * of(...batches)
 *   .pipe(
 *     tumblingWindow({
 *       sizeMs: 10_000,
 *       graceMs: 2_000,
 *       timestamp: (sale: Sale) => sale.at,
 *       key: (sale) => sale.shop,
 *       aggregate: sum((sale) => sale.euros),
 *     }),
 *   )
 *   .subscribe(({ windows }) => {
 *     for (const { key, start, end, watermark, result } of windows) console.log(key, start, end, watermark, result);
 *   });
 * // a 0 10000 10000 12
 * // a 10000 20000 Infinity 1
 * ```
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for an option that is not allowed
 */
export function tumblingWindow<T, A, R>(
  options: TumblingWindowOptions<T, A, R>,
): OperatorFunction<Iterable<T>, WindowBatch<T, R>> {
  return hoppingWindow({ ...options, advanceMs: options.sizeMs });
}
