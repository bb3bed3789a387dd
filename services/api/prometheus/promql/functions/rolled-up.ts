import type { RANGES } from '../syntax/signatures.js';
import { ExactSum } from './sums.js';
import { type OfWindow, valueAt, type Window } from './window.js';

/** Undefined where one of the values is not known. */
function sumOf(window: Window): number | undefined {
  const sum = new ExactSum();
  for (let i = window.from; i < window.to; i++) sum.add(valueAt(window, i));
  return Number.isNaN(sum.total) ? undefined : sum.total;
}

/** Of sums of points, and how many points each is of. */
function averageOf(window: Window): number | undefined {
  const sum = sumOf(window);
  let count = 0;
  for (let i = window.from; i < window.to; i++) count += window.weights?.[i] ?? 0;
  return sum === undefined || count === 0 ? undefined : sum / count;
}

/**
 * Functions that make something else of a range of roll-ups than of points: the values are then the sums, counts or increases of
 * buckets. What is not here is the same of both.
 */
export const OF_ROLLED_UP: Readonly<Partial<Record<(typeof RANGES)[number], OfWindow>>> = {
  avg_over_time: averageOf,
  count_over_time: sumOf,
  increase: sumOf,
  rate: (window) => {
    const increase = sumOf(window);
    return increase === undefined ? undefined : increase / ((window.end - window.start) / 1_000);
  },
};
