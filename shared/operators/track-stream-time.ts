import { map, type OperatorFunction } from 'rxjs';
import type { KeyedBatch, TimedBatch } from '../windows/keyed-batch.js';
import type { StreamTime } from '../windows/stream-time.js';

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
    return { batch, times, time: time.time };
  });
}
