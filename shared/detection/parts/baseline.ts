import { type Part, smooth } from './part.js';
import { FAST } from './series-state.js';

/**
 * The adaptive baseline: against a fast exponentially weighted mean (simple exponential smoothing,
 * Brown 1959). Sees spikes and drops; follows any new level within some ten observations.
 */
export const baseline: Part = {
  name: 'baseline',
  residual: ({ numbers }, { value }) => value - (numbers[FAST] ?? 0),
  learn: (state, { value, count }) => smooth(state, FAST, value, 0.2, count),
  compare: ({ numbers }, { value }) => ({ usual: numbers[FAST] ?? 0, seen: value }),
};
