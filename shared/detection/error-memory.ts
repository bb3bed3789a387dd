import { halfNormalQuantile, quantileOfSorted } from './quantiles.js';

/** Errors kept per series: enough for a look at the tail, and 512 bytes. */
export const MEMORY = 128;
/** So many of the largest remembered errors are never believed. */
const TOLERATED = 4;

/** The latest absolute one-step errors of a series; never changed in place. */
export interface ErrorMemory {
  /** Oldest first, at most {@link MEMORY}. */
  readonly recent: Float32Array;
  /** The same values in ascending order, so that a quantile costs nothing. */
  readonly sorted: Float32Array;
}

export function errorMemory(recent: Float32Array): ErrorMemory {
  return { recent, sorted: recent.slice().sort() };
}

/** The memory with one error more, and the oldest one less if it was full. */
export function remember(memory: ErrorMemory, error: number): ErrorMemory {
  const { recent, sorted } = memory;
  const added = Math.fround(error);
  const full = recent.length === MEMORY;
  const length = full ? MEMORY : recent.length + 1;
  const nextRecent = new Float32Array(length);
  nextRecent.set(full ? recent.subarray(1) : recent);
  nextRecent[length - 1] = added;

  const nextSorted = new Float32Array(length);
  const gone = full ? firstAtLeast(sorted, recent[0] ?? 0) : sorted.length;
  const place = firstAtLeast(sorted, added);
  if (place <= gone) {
    nextSorted.set(sorted.subarray(0, place));
    nextSorted[place] = added;
    nextSorted.set(sorted.subarray(place, gone), place + 1);
    nextSorted.set(sorted.subarray(gone + 1), gone + 1);
  } else {
    nextSorted.set(sorted.subarray(0, gone));
    nextSorted.set(sorted.subarray(gone + 1, place), gone);
    nextSorted[place - 1] = added;
    nextSorted.set(sorted.subarray(place), place);
  }
  return { recent: nextRecent, sorted: nextSorted };
}

/**
 * A standard deviation that no four outliers can move: the larger of two estimates, each of them
 * unbiased for normal noise. The median over 0.6745 (the MAD; Rousseeuw and Croux 1993,
 * "Alternatives to the Median Absolute Deviation") and the fifth largest error over what a normal
 * variable has there, so that a series with heavy tails gets the wider band that it needs.
 */
export function robustSigma({ sorted }: ErrorMemory): number {
  const body = quantileOfSorted(sorted, 0.5) / HALF_NORMAL_MEDIAN;
  const n = sorted.length;
  if (n <= 2 * TOLERATED) return body;
  return Math.max(body, (sorted[n - 1 - TOLERATED] ?? 0) / (TAIL[n] ?? 1));
}

const HALF_NORMAL_MEDIAN = halfNormalQuantile(0.5);
/** By count of errors: where the fifth largest of them is expected, in standard deviations. */
const TAIL = Float64Array.from({ length: MEMORY + 1 }, (_, n) =>
  n <= 2 * TOLERATED ? 1 : halfNormalQuantile(1 - (TOLERATED + 0.5) / n),
);

function firstAtLeast(sorted: Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
