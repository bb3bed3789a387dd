import type { Millis } from '../core/clock.js';

/**
 * The figures of a set of points of one series, mergeable.
 *
 * - `sum + compensation` is Neumaier's compensated sum (Neumaier 1974), so that the order and
 *   grouping of additions does not show.
 * - `mean` and `m2` are Welford's running moments (Welford 1962), merged as in Chan, Golub and
 *   LeVeque 1979.
 * - `first` and `last` go by event time; of points with the same time the one that came first
 *   counts as `first`, the one that came last as `last`.
 */
export interface Aggregate {
  count: number;
  sum: number;
  compensation: number;
  min: number;
  max: number;
  mean: number;
  m2: number;
  first: number;
  firstAt: Millis;
  last: number;
  lastAt: Millis;
}

export function emptyAggregate(): Aggregate {
  return {
    count: 0,
    sum: 0,
    compensation: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    mean: 0,
    m2: 0,
    first: 0,
    firstAt: Number.POSITIVE_INFINITY,
    last: 0,
    lastAt: Number.NEGATIVE_INFINITY,
  };
}

/** Takes in one point; in place. */
export function addPoint(into: Aggregate, value: number, at: Millis): void {
  addToSum(into, value);
  into.count += 1;
  const delta = value - into.mean;
  into.mean += delta / into.count;
  into.m2 += delta * (value - into.mean);
  if (value < into.min) into.min = value;
  if (value > into.max) into.max = value;
  if (at < into.firstAt) {
    into.first = value;
    into.firstAt = at;
  }
  if (at >= into.lastAt) {
    into.last = value;
    into.lastAt = at;
  }
}

/** Takes in all that `from` holds; `from` stays as it is. */
export function mergeAggregate(into: Aggregate, from: Aggregate): void {
  if (from.count === 0) return;
  const count = into.count + from.count;
  const delta = from.mean - into.mean;
  into.m2 += from.m2 + (delta * delta * into.count * from.count) / count;
  into.mean += (delta * from.count) / count;
  into.count = count;
  addToSum(into, from.sum);
  into.compensation += from.compensation;
  if (from.min < into.min) into.min = from.min;
  if (from.max > into.max) into.max = from.max;
  if (from.firstAt < into.firstAt) {
    into.first = from.first;
    into.firstAt = from.firstAt;
  }
  if (from.lastAt >= into.lastAt) {
    into.last = from.last;
    into.lastAt = from.lastAt;
  }
}

export function sumOf(aggregate: Aggregate): number {
  return aggregate.sum + aggregate.compensation;
}

/** Population standard deviation. */
export function stddevOf(aggregate: Aggregate): number {
  return aggregate.count === 0 ? 0 : Math.sqrt(Math.max(0, aggregate.m2) / aggregate.count);
}

function addToSum(into: Aggregate, value: number): void {
  const total = into.sum + value;
  into.compensation +=
    Math.abs(into.sum) >= Math.abs(value) ? into.sum - total + value : value - total + into.sum;
  into.sum = total;
}
