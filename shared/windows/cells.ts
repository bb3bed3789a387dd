import type { Millis } from '../core/clock.js';
import { finiteFigures } from './finite-figures.js';

/*
 * Aggregates as rows of a Float64Array: one row of CELL numbers for each group. The figures are
 * mergeable; how they are kept:
 *
 * - SUM + COMPENSATION is Neumaier's compensated sum (Neumaier 1974), so that order and grouping of
 *   additions do not show.
 * - MEAN and M2 are Welford's running moments (Welford 1962), merged as in Chan, Golub and LeVeque
 *   1979.
 * - FIRST and LAST go by event time; of points with the same time the one that came first counts
 *   as first, the one that came last as last.
 * - INCREASE is what counters went up by; NaN in a row without points of counters.
 *
 * Ingest lets values up to 1e150 in, of which neither sums nor moments overflow. What is larger, or so many that
 * their squares add up to more than a number holds, is emitted as finite figures all the same: see `finiteFigures`.
 */
export const COUNT = 0;
export const SUM = 1;
export const COMPENSATION = 2;
export const MIN = 3;
export const MAX = 4;
export const MEAN = 5;
export const M2 = 6;
export const FIRST = 7;
export const FIRST_AT = 8;
export const LAST = 9;
export const LAST_AT = 10;
export const INCREASE = 11;
/** Row length. */
export const CELL = 12;

/** Takes a point into the row at `at`; a row of zeros is empty. */
export function addPoint(cells: Float64Array, at: number, value: number, time: Millis): void {
  const count = (cells[at] as number) + 1;
  cells[at] = count;
  if (count === 1) {
    cells[at + SUM] = value;
    cells[at + COMPENSATION] = 0;
    cells[at + MIN] = value;
    cells[at + MAX] = value;
    cells[at + MEAN] = value;
    cells[at + M2] = 0;
    cells[at + FIRST] = value;
    cells[at + FIRST_AT] = time;
    cells[at + LAST] = value;
    cells[at + LAST_AT] = time;
    cells[at + INCREASE] = Number.NaN;
    return;
  }
  addToSum(cells, at, value);
  const mean = cells[at + MEAN] as number;
  const delta = value - mean;
  const next = mean + delta / count;
  cells[at + MEAN] = next;
  cells[at + M2] = (cells[at + M2] as number) + delta * (value - next);
  if (value < (cells[at + MIN] as number)) cells[at + MIN] = value;
  if (value > (cells[at + MAX] as number)) cells[at + MAX] = value;
  if (time >= (cells[at + LAST_AT] as number)) {
    cells[at + LAST] = value;
    cells[at + LAST_AT] = time;
  }
  if (time < (cells[at + FIRST_AT] as number)) {
    cells[at + FIRST] = value;
    cells[at + FIRST_AT] = time;
  }
}

/** Takes the row at `fromAt` into the one at `at`, which may be empty; `from` stays as it is. */
export function mergeCell(cells: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const before = cells[at] as number;
  const added = from[fromAt] as number;
  if (added === 0) return;
  if (before === 0) {
    for (let i = 0; i < CELL; i++) cells[at + i] = from[fromAt + i] as number;
    return;
  }
  const count = before + added;
  const delta = (from[fromAt + MEAN] as number) - (cells[at + MEAN] as number);
  cells[at] = count;
  // In this order a square of 1e300 is multiplied by no more than the smaller of the two counts.
  cells[at + M2] =
    (cells[at + M2] as number) + (from[fromAt + M2] as number) + delta * delta * ((before * added) / count);
  cells[at + MEAN] = (cells[at + MEAN] as number) + (delta * added) / count;
  addToSum(cells, at, from[fromAt + SUM] as number);
  cells[at + COMPENSATION] = (cells[at + COMPENSATION] as number) + (from[fromAt + COMPENSATION] as number);
  if ((from[fromAt + MIN] as number) < (cells[at + MIN] as number))
    cells[at + MIN] = from[fromAt + MIN] as number;
  if ((from[fromAt + MAX] as number) > (cells[at + MAX] as number))
    cells[at + MAX] = from[fromAt + MAX] as number;
  if ((from[fromAt + FIRST_AT] as number) < (cells[at + FIRST_AT] as number)) {
    cells[at + FIRST] = from[fromAt + FIRST] as number;
    cells[at + FIRST_AT] = from[fromAt + FIRST_AT] as number;
  }
  if ((from[fromAt + LAST_AT] as number) >= (cells[at + LAST_AT] as number)) {
    cells[at + LAST] = from[fromAt + LAST] as number;
    cells[at + LAST_AT] = from[fromAt + LAST_AT] as number;
  }
  const increase = from[fromAt + INCREASE] as number;
  if (!Number.isNaN(increase)) addIncrease(cells, at, increase);
}

/** Adds to what counters went up by in the row at `at`, which is not empty. */
export function addIncrease(cells: Float64Array, at: number, increase: number): void {
  const before = cells[at + INCREASE] as number;
  cells[at + INCREASE] = Number.isNaN(before) ? increase : before + increase;
}

export function sumOf(cells: Float64Array, at: number): number {
  return (cells[at + SUM] as number) + (cells[at + COMPENSATION] as number);
}

/**
 * Writes the figures of the row at `at`, which is not empty, in the order in which a WindowAggregate has
 * them: count, sum, min, max, mean, stddev, first, last; and the increase, NaN without counters.
 */
export function writeFigures(cells: Float64Array, at: number, figures: Float64Array): void {
  const count = cells[at] as number;
  const sum = sumOf(cells, at);
  figures[0] = count;
  figures[1] = sum;
  figures[2] = cells[at + MIN] as number;
  figures[3] = cells[at + MAX] as number;
  figures[4] = sum / count;
  figures[5] = stddevOf(cells, at);
  figures[6] = cells[at + FIRST] as number;
  figures[7] = cells[at + LAST] as number;
  figures[8] = cells[at + INCREASE] as number;
  if (!Number.isFinite(sum) || !Number.isFinite(figures[5]))
    finiteFigures(figures, cells[at + MEAN] as number);
}

/** Population standard deviation. */
export function stddevOf(cells: Float64Array, at: number): number {
  return Math.sqrt(Math.max(0, cells[at + M2] as number) / (cells[at] as number));
}

function addToSum(cells: Float64Array, at: number, value: number): void {
  const sum = cells[at + SUM] as number;
  const total = sum + value;
  const lost = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
  cells[at + SUM] = total;
  if (lost !== 0) cells[at + COMPENSATION] = (cells[at + COMPENSATION] as number) + lost;
}
