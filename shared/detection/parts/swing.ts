import { type Moment, type Part, ROUNDING, smooth, smoothed } from './part.js';
import type { SeriesState } from './series-state.js';
import { LAST, SWING_NOW, SWING_USUAL } from './series-state.js';

const WEIGHT = 0.05;
/** In octaves: the ratio itself may be more than a number holds. */
const LARGEST_RATIO = 1_000;

function now(state: SeriesState, { value, count }: Moment): number {
  return smoothed(state, SWING_NOW, Math.abs(value - (state.numbers[LAST] ?? 0)), WEIGHT, count);
}

/**
 * For spiky series without period or level: how much it moves from one observation to the next, of
 * late against usually, as a ratio (an F test's idea on mean absolute differences, von Neumann et al.
 * 1941). Sees clusters of spikes, noise that grew, and a sensor that is stuck.
 */
export const swing: Part = {
  name: 'swing',
  isRatio: true,
  residual: (state, moment) => {
    const usual = state.numbers[SWING_USUAL] ?? 0;
    const seen = now(state, moment);
    if (moment.count === 0 || usual === 0 || seen === 0) return 0;
    const rounding = ROUNDING * Math.abs(moment.value);
    const octaves = Math.log2(Math.max(rounding, seen) / Math.max(rounding, usual));
    return Math.min(LARGEST_RATIO, Math.max(-LARGEST_RATIO, octaves));
  },
  // Before `rate`, which moves on to the next value.
  learn: (state, moment) => {
    const seen = now(state, moment);
    const change = Math.abs(moment.value - (state.numbers[LAST] ?? 0));
    if (moment.count === 0) return;
    state.numbers[SWING_NOW] = seen;
    smooth(state, SWING_USUAL, change, 0.005, moment.count);
  },
  compare: (state, moment) => ({ usual: state.numbers[SWING_USUAL] ?? 0, seen: now(state, moment) }),
};
