import { type Part, smooth, smoothed } from './part.js';
import { LONG, SHORT } from './series-state.js';

const WEIGHT = 0.1;

/**
 * Level shift and trend: a short mean against the long one, as in the moving-average crossing of
 * Basseville and Nikiforov (1993, "Detection of Abrupt Changes", 2.1). The long mean follows, so a
 * new level is reported once and then is the normal one.
 */
export const shift: Part = {
  name: 'shift',
  residual: (state, { value, count }) =>
    smoothed(state, SHORT, value, WEIGHT, count) - (state.numbers[LONG] ?? 0),
  learn: (state, { value, count }) => smooth(state, SHORT, value, WEIGHT, count),
  compare: (state, { value, count }) => ({
    usual: state.numbers[LONG] ?? 0,
    seen: smoothed(state, SHORT, value, WEIGHT, count),
  }),
};
