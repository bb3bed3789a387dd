import { map, type OperatorFunction } from 'rxjs';
import type { LateCause } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import type { KindArrival } from '../windows/arrival.js';
import {
  type KeyedBatch,
  type LateEntry,
  NO_KEY,
  type OpenWindows,
  type RefusedEntry,
  type TimedBatch,
  type TimeStep,
  type WindowedBatch,
} from '../windows/keyed-batch.js';
import type { Missed } from '../windows/pane-store.js';
import type { StreamTime } from '../windows/stream-time.js';
import { GAUGE, type KindNumber } from '../wire/metric-point-reader.js';

/*
 * What all windowing has in the middle, whatever batches are made of: the stream time of each record, and
 * the windows that it is counted in.
 */

/**
 * Gives each record of a batch the stream time that it is counted at: how far event time has come with it.
 *
 * @param time goes on from batch to batch
 */
export function trackStreamTime<V, B extends KeyedBatch<V>>(
  time: StreamTime,
): OperatorFunction<B, TimedBatch<V, B>> {
  let spare = new Float64Array(0);
  return map((batch) => {
    const { length, advance } = batch;
    if (spare.length < length) spare = new Float64Array(length);
    const times = spare;
    time.observeAll(batch, times);
    if (advance?.by === 'idle') time.idle(advance.to);
    else if (advance !== null) time.observe(advance.to, advance.to);
    return { batch, times, withHeld: null, steps: [], time: time.time };
  });
}

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
  #arrival: KindArrival<V> | null = null;

  constructor(private readonly windows: OpenWindows<V, C>) {}

  take<B extends KeyedBatch<V>>({
    batch,
    times,
    withHeld,
    steps,
    time,
  }: TimedBatch<V, B>): WindowedBatch<B, C> {
    const { windows } = this;
    const { length, replayed, keys, values, timestamps, offsets, kinds } = batch;
    // Made of the first value, so that the engine sees numbers in it where values are numbers.
    this.#arrival ??= length === 0 ? null : arrivalOf(values[0] as V);
    const arrival = this.#arrival as KindArrival<V>;
    if (length > 0) arrival.kind = GAUGE;
    const late: LateEntry[] = [];
    const refused: RefusedEntry[] = [];
    let missed: Missed[] = [];
    let from = 0;
    // One more turn than steps, for what comes behind the last.
    for (let step = 0; step <= steps.length; step++) {
      const to = steps[step]?.index ?? length;
      for (let i = from; i < to; i++) {
        const key = keys[i] as number;
        if (key === NO_KEY) continue;
        arrival.value = values[i] as V;
        arrival.at = timestamps[i] as number;
        arrival.offset = offsets[i] as number;
        arrival.time = times[i] as number;
        if (kinds !== null) {
          arrival.kind = kinds.kinds[i] as KindNumber;
          arrival.start = kinds.starts[i] as number;
        }
        if (i < replayed) {
          windows.replay(key, arrival);
          continue;
        }
        if (arrival.time >= windows.closesAt) windows.close(arrival.time, i);
        const window = windows.add(key, arrival, missed);
        if (window !== null) refused.push({ index: i, window });
        if (missed.length === 0) continue;
        const heldMs = withHeld === null ? 0 : arrival.time - (withHeld[i] as number);
        late.push({ index: i, missed, cause: causeOf(missed, heldMs) });
        missed = [];
      }
      if (step < steps.length) this.#goOn((steps[step] as TimeStep).time, to);
      from = to;
    }
    if (batch.advance !== null) this.#goOn(time, length);
    return { batch, steps, closed: windows.takeClosed(), late, refused };
  }

  #goOn(time: Millis, index: number): void {
    if (time >= this.windows.closesAt) this.windows.close(time, index);
  }
}

function arrivalOf<V>(value: V): KindArrival<V> {
  return { value, at: 0, offset: 0, time: 0, kind: GAUGE, start: Number.NaN };
}

/** @param heldMs how much further stream time has come than with all sources that were passed over */
function causeOf(missed: readonly Missed[], heldMs: Millis): LateCause {
  if (heldMs === 0) return 'arrival';
  return missed.every(({ end, watermark }) => end > watermark - heldMs) ? 'hold' : 'arrival';
}
