import { map, type OperatorFunction } from 'rxjs';
import type { KeyedBatch, TimedBatch } from '../windows/keyed-batch.js';
import { type OpenWindows, type WindowedBatch, WindowRun } from '../windows/window-run.js';

/**
 * Counts each record in its windows, and closes those that stream time has passed. Out: what closed, what
 * came too late and what there was no room for.
 *
 * @param windows the open windows, which go on from batch to batch
 */
export function aggregateWindows<V, C, B extends KeyedBatch<V>>(
  windows: OpenWindows<V, C>,
): OperatorFunction<TimedBatch<V, B>, WindowedBatch<B, C>> {
  const run = new WindowRun(windows);
  return map((batch) => run.take(batch));
}
