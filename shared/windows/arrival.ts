import type { Millis } from '../core/clock.js';
import type { KindNumber } from '../wire/metric-point-reader.js';

/**
 * A record on its way into windows. The hot path uses one object again for every record: numbers with
 * a fraction that are handed from call to call one by one are each put on the heap.
 */
export interface Arrival<V> {
  value: V;
  /** Event time. */
  at: Millis;
  offset: number;
  /** The partition's stream time, with this record counted. */
  time: Millis;
}

/** The same with what windows of points need to know of counters. */
export interface KindArrival<V> extends Arrival<V> {
  /** What the value means. */
  kind: KindNumber;
  /** When the counter began that it is of; NaN where that is not known. */
  start: Millis;
}
