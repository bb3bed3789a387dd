import { filter, map, type OperatorFunction, pipe } from 'rxjs';
import type { KeyedBatch, WindowedBatch } from '../windows/keyed-batch.js';
import type { Missed } from '../windows/pane-store.js';
import type { ClosedWindow, WindowBatch } from './options.js';

/** What comes of a batch, by its records; nothing where nothing came. */
export function collectWindows<T, R>(): OperatorFunction<
  WindowedBatch<KeyedBatch<T>, readonly ClosedWindow<R>[]>,
  WindowBatch<T, R>
> {
  return pipe(
    filter(({ closed, late, refused }) => closed.length + late.length + refused.length > 0),
    map(({ batch: { values }, closed, late, refused }) => ({
      windows: closed,
      late: late.map(({ index, missed }) => ({
        record: values[index] as T,
        missed: missed.map(({ start }) => start),
        // One window: all of them passed it with the same watermark.
        watermark: (missed[0] as Missed).watermark,
      })),
      refused: refused.map(({ index }) => values[index] as T),
    })),
  );
}
