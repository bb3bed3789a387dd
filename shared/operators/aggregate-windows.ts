import { map, type OperatorFunction } from 'rxjs';
import type { Arrival } from '../windows/arrival.js';
import {
  type KeyedBatch,
  type LateEntry,
  NO_KEY,
  type OpenWindows,
  type RefusedEntry,
  type TimedBatch,
  type WindowedBatch,
} from '../windows/keyed-batch.js';
import type { Missed } from '../windows/pane-store.js';

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

/**
 * Puts batches into windows, and closes each as soon as a record's stream time passes its end: before
 * that record is counted, since panes are shared by windows that close at different times.
 */
class WindowRun<V, C> {
  #arrival: Arrival<V> | null = null;

  constructor(private readonly windows: OpenWindows<V, C>) {}

  take<B extends KeyedBatch<V>>({ batch, times, time }: TimedBatch<V, B>): WindowedBatch<B, C> {
    const { windows } = this;
    const { length, replayed, keys, values, timestamps, offsets } = batch;
    // Made of the first value, so that the engine sees numbers in it where values are numbers.
    this.#arrival ??= length === 0 ? null : { value: values[0] as V, at: 0, offset: 0, time: 0 };
    const arrival = this.#arrival as Arrival<V>;
    const late: LateEntry[] = [];
    const refused: RefusedEntry[] = [];
    let missed: Missed[] = [];
    for (let i = 0; i < length; i++) {
      const key = keys[i] as number;
      if (key === NO_KEY) continue;
      arrival.value = values[i] as V;
      arrival.at = timestamps[i] as number;
      arrival.offset = offsets[i] as number;
      arrival.time = times[i] as number;
      if (i < replayed) {
        windows.replay(key, arrival);
        continue;
      }
      if (arrival.time >= windows.closesAt) windows.close(arrival.time, i);
      const window = windows.add(key, arrival, missed);
      if (window !== null) refused.push({ index: i, window });
      if (missed.length === 0) continue;
      late.push({ index: i, missed });
      missed = [];
    }
    if (batch.advance !== null && time >= windows.closesAt) windows.close(time, length);
    return { batch, closed: windows.takeClosed(), late, refused };
  }
}
