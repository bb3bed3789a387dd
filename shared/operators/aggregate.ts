import type { Fold } from '../windows/session.js';

/**
 * A mergeable aggregate: what a window's records come to.
 *
 * - `create()` makes the accumulator of no record.
 * - `add(acc, record, at)` takes a record with its timestamp in; it may change `acc` and return it.
 * - `merge(a, b)` takes `b` into `a`; it may change `a` and return it, but not `b`, which other
 *   windows still need.
 * - `result(acc)` is what the window is emitted with; it must not change `acc`.
 *
 * `merge` must be associative, and `create()` its neutral element. Windows are merged in the order
 * of their panes' times, records are added in the order of their arrival.
 */
export interface Aggregate<T, A, R> extends Fold<T, A> {
  result(acc: A): R;
}
