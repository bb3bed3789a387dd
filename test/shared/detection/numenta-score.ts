import type { LabelledSeries } from './families/draft.js';

/**
 * The scoring of Lavin and Ahmad (2015), "Evaluating Real-time Anomaly Detection Algorithms: the
 * Numenta Anomaly Benchmark" (arXiv:1510.03336), standard profile: in each window around a label the
 * earliest detection counts up to 1 by a sigmoid of its place, a window without one costs 1, each
 * detection outside costs up to 0.11. The first 15 % (at most 750 points) do not count.
 */
const FALSE_POSITIVE = 0.11;
/** Windows of one series together are this share of it. */
const WINDOWS = 0.1;
/** Thresholds tried: 0 to 1 in so many steps. */
export const STEPS = 2000;

/** What one series or several contribute, by threshold. */
export interface Tally {
  /** Raw score at each threshold `k / STEPS`. */
  readonly score: Float64Array;
  readonly windows: number;
}

/** From 1 at the start of a window (-1) over 0 at its end (0) towards -1 far behind. */
function sigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** Windows around the labels, ends included; those that overlap are one. */
export function windowsOf({ points, labels }: LabelledSeries): { from: number; to: number }[] {
  const half = Math.floor((WINDOWS * points.length) / Math.max(1, labels.length) / 2);
  const windows: { from: number; to: number }[] = [];
  for (const label of labels) {
    const from = Math.max(0, label - half);
    const to = Math.min(points.length - 1, label + half);
    const last = windows.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else windows.push({ from, to });
  }
  return windows;
}

/** The raw score of one series at every threshold; `scores` holds one in [0, 1] for each point. */
export function tally(series: LabelledSeries, scores: ArrayLike<number>): Tally {
  const windows = windowsOf(series);
  const n = series.points.length;
  const probation = Math.min(Math.floor(0.15 * n), 750);
  /** Differences: entry k is what changes when the threshold falls from k + 1 to k. */
  const change = new Float64Array(STEPS + 2);
  const best = sigmoid(-1);
  let next = 0;
  let highest = -1;
  for (let i = 0; i < n; i++) {
    while (next < windows.length && i > (windows[next]?.to ?? 0)) {
      next++;
      highest = -1;
    }
    if (i < probation) continue;
    const level = Math.min(STEPS, Math.floor((scores[i] ?? 0) * STEPS));
    const window = windows[next];
    if (window !== undefined && i >= window.from) {
      if (level <= highest) continue;
      const width = window.to - window.from + 1;
      const worth = sigmoid(-(window.to - i + 1) / width) / best + 1;
      // Thresholds in (highest, level] now have this detection as their earliest.
      change[level] = (change[level] ?? 0) + worth;
      if (highest >= 0) change[highest] = (change[highest] ?? 0) - worth;
      highest = level;
    } else {
      const before = windows[next - 1];
      const cost =
        before === undefined ? -1 : sigmoid((i - before.to) / Math.max(1, before.to - before.from));
      change[level] = (change[level] ?? 0) + FALSE_POSITIVE * cost;
    }
  }
  const scored = windows.filter(({ to }) => to >= probation).length;
  const score = new Float64Array(STEPS + 1);
  let sum = -scored;
  for (let k = STEPS; k >= 0; k--) {
    sum += change[k] ?? 0;
    score[k] = sum;
  }
  return { score, windows: scored };
}

export function together(tallies: readonly Tally[]): Tally {
  const score = new Float64Array(STEPS + 1);
  let windows = 0;
  for (const each of tallies) {
    windows += each.windows;
    for (let k = 0; k <= STEPS; k++) score[k] = (score[k] ?? 0) + (each.score[k] ?? 0);
  }
  return { score, windows };
}

/** Step of the threshold that is best for these. */
export function bestThreshold({ score }: Tally): number {
  let best = STEPS;
  for (let k = STEPS; k > 0; k--) if ((score[k] ?? 0) > (score[best] ?? 0)) best = k;
  return best;
}

/** 0 for a detector that never says anything, 100 for a perfect one. */
export function normalised({ score, windows }: Tally, threshold: number): number {
  return (100 * ((score[threshold] ?? 0) + windows)) / (2 * Math.max(1, windows));
}
