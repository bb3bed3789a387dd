import { type Part, smooth } from './part.js';
import { LAST, SLOPE } from './series-state.js';

/**
 * Rate of change: a step against the mean step (a random walk with drift). Sees a counter that
 * stands still or starts anew, and a jump in a series that wanders slowly.
 */
export const rate: Part = {
  name: 'rate',
  residual: ({ numbers }, { value, count }) =>
    count === 0 ? Number.NaN : value - (numbers[LAST] ?? 0) - (numbers[SLOPE] ?? 0),
  learn: (state, { value, count }) => {
    if (count > 0) smooth(state, SLOPE, value - (state.numbers[LAST] ?? 0), 0.02, count);
    state.numbers[LAST] = value;
  },
  compare: ({ numbers }, { value }) => ({ usual: numbers[SLOPE] ?? 0, seen: value - (numbers[LAST] ?? 0) }),
};
