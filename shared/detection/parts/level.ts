import { type Part, smooth } from './part.js';
import { LONG } from './series-state.js';

/** Against the long mean: sees values that are out of range, for series that are noisy but stay where they are. */
export const level: Part = {
  name: 'level',
  residual: ({ numbers }, { value }) => value - (numbers[LONG] ?? 0),
  learn: (state, { value, count }) => smooth(state, LONG, value, 0.005, count),
  compare: ({ numbers }, { value }) => ({ usual: numbers[LONG] ?? 0, seen: value }),
};
