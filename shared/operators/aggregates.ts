import type { Millis } from '../core/clock.js';
import {
  addPoint,
  CELL,
  COUNT,
  FIRST,
  LAST,
  MAX,
  MEAN,
  MIN,
  mergeCell,
  stddevOf,
  sumOf,
} from '../windows/cells.js';
import { QuantileSketch } from '../windows/sketch.js';
import type { Aggregate } from './aggregate.js';

/** The number of a record that is aggregated. */
export type NumberOf<T> = (record: T) => number;

/** Everything that one pass over the numbers gives. */
export interface Statistics {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly stddev: number;
  /** By event time; of numbers with the same time, the one that arrived first. */
  readonly first: number;
  /** By event time; of numbers with the same time, the one that arrived last. */
  readonly last: number;
}

/** Number of records. */
export function count<T>(): Aggregate<T, number, number> {
  return { create: () => 0, add: (acc) => acc + 1, merge: (a, b) => a + b, result: (acc) => acc };
}

/** Compensated sum (Neumaier 1974): the order of the numbers does not show. */
export function sum<T>(number: NumberOf<T>): Aggregate<T, Float64Array, number> {
  return figures(number, (row) => sumOf(row, 0));
}

export function min<T>(number: NumberOf<T>): Aggregate<T, Float64Array, number> {
  return figures(number, (row) => row[MIN] as number);
}

export function max<T>(number: NumberOf<T>): Aggregate<T, Float64Array, number> {
  return figures(number, (row) => row[MAX] as number);
}

/** Running mean (Welford 1962), which does not overflow where the sum would. */
export function mean<T>(number: NumberOf<T>): Aggregate<T, Float64Array, number> {
  return figures(number, (row) => row[MEAN] as number);
}

/** Population standard deviation (Welford 1962; merged as in Chan, Golub and LeVeque 1979). */
export function stddev<T>(number: NumberOf<T>): Aggregate<T, Float64Array, number> {
  return figures(number, (row) => stddevOf(row, 0));
}

/** All of {@link Statistics} at once, for what one of them costs. */
export function statistics<T>(number: NumberOf<T>): Aggregate<T, Float64Array, Statistics> {
  return figures(number, (row) => ({
    count: row[COUNT] as number,
    sum: sumOf(row, 0),
    min: row[MIN] as number,
    max: row[MAX] as number,
    mean: row[MEAN] as number,
    stddev: stddevOf(row, 0),
    first: row[FIRST] as number,
    last: row[LAST] as number,
  }));
}

/** What `pick` takes from the record with the lowest timestamp; of several, from the first to arrive. */
export function first<T, V>(pick: (record: T) => V): Aggregate<T, Timed<V> | null, V> {
  return earlierOrLater(pick, (held, at) => at < held);
}

/** What `pick` takes from the record with the highest timestamp; of several, from the last to arrive. */
export function last<T, V>(pick: (record: T) => V): Aggregate<T, Timed<V> | null, V> {
  return earlierOrLater(pick, (held, at) => at >= held);
}

/**
 * Quantiles within 1 % of the true value, by {@link QuantileSketch}. Numbers that are not finite
 * are left out; a window of nothing else has NaN for each quantile.
 *
 * @param at which quantiles, each from 0 to 1
 * @returns the values in the same order
 */
export function quantiles<T>(
  number: NumberOf<T>,
  at: readonly number[],
): Aggregate<T, QuantileSketch, number[]> {
  return {
    create: () => new QuantileSketch(),
    add: (acc, record) => {
      acc.add(number(record));
      return acc;
    },
    merge: (a, b) => {
      a.merge(b);
      return a;
    },
    result: (acc) => at.map((q) => acc.quantile(q)),
  };
}

/** A value and when it was. */
export interface Timed<V> {
  readonly at: Millis;
  readonly value: V;
}

function figures<T, R>(number: NumberOf<T>, result: (row: Float64Array) => R): Aggregate<T, Float64Array, R> {
  return {
    create: () => new Float64Array(CELL),
    add: (row, record, at) => {
      addPoint(row, 0, number(record), at);
      return row;
    },
    merge: (a, b) => {
      mergeCell(a, 0, b, 0);
      return a;
    },
    result,
  };
}

function earlierOrLater<T, V>(
  pick: (record: T) => V,
  wins: (held: Millis, at: Millis) => boolean,
): Aggregate<T, Timed<V> | null, V> {
  return {
    create: () => null,
    add: (acc, record, at) => (acc === null || wins(acc.at, at) ? { at, value: pick(record) } : acc),
    merge: (a, b) => (a === null || (b !== null && wins(a.at, b.at)) ? b : a),
    // A window without a record is never emitted.
    result: (acc) => (acc as Timed<V>).value,
  };
}
