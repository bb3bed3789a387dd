import type { RANGES } from '../syntax/signatures.js';
import { delta, idelta, increase, irate, rate } from './rate.js';
import { deriv } from './regression.js';
import { ExactSum, keepsMean } from './sums.js';
import { type OfWindow, valueAt, type Window } from './window.js';

function averageOf(window: Window): number {
  const mean = new ExactSum();
  let count = 0;
  for (let i = window.from; i < window.to; i++) {
    const value = valueAt(window, i);
    count++;
    if (!keepsMean(mean.sum, value)) mean.add(value / count - mean.sum / count);
  }
  return Number.isFinite(mean.sum) ? mean.total : mean.sum;
}

function sumOf(window: Window): number {
  const sum = new ExactSum();
  for (let i = window.from; i < window.to; i++) sum.add(valueAt(window, i));
  return Number.isFinite(sum.sum) ? sum.total : sum.sum;
}

/** The variance, in one pass (Welford 1962). */
function varianceOf(window: Window): number {
  const mean = new ExactSum();
  const squares = new ExactSum();
  let count = 0;
  for (let i = window.from; i < window.to; i++) {
    const value = valueAt(window, i);
    count++;
    const difference = value - mean.total;
    mean.add(difference / count);
    squares.add(difference * (value - mean.total));
  }
  return squares.total / count;
}

function extremeOf(window: Window, isBeyond: (value: number, best: number) => boolean): number {
  let best = valueAt(window, window.from);
  for (let i = window.from + 1; i < window.to; i++) {
    const value = valueAt(window, i);
    if (isBeyond(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

/** How many points differ from the one before them in a certain way. */
function countSteps(window: Window, counts: (value: number, before: number) => boolean): number {
  let found = 0;
  for (let i = window.from + 1; i < window.to; i++)
    if (counts(valueAt(window, i), valueAt(window, i - 1))) found++;
  return found;
}

export const OF_RANGES: Readonly<Record<(typeof RANGES)[number], OfWindow>> = {
  avg_over_time: averageOf,
  changes: (window) =>
    countSteps(window, (value, before) => value !== before && !(Number.isNaN(value) && Number.isNaN(before))),
  count_over_time: ({ from, to }) => to - from,
  delta,
  deriv,
  idelta,
  increase,
  irate,
  last_over_time: (window) => valueAt(window, window.to - 1),
  max_over_time: (window) => extremeOf(window, (value, best) => value > best),
  min_over_time: (window) => extremeOf(window, (value, best) => value < best),
  present_over_time: () => 1,
  rate,
  resets: (window) => countSteps(window, (value, before) => value < before),
  stddev_over_time: (window) => Math.sqrt(varianceOf(window)),
  stdvar_over_time: varianceOf,
  sum_over_time: sumOf,
};
