import type { Part } from './part.js';
import { SEASONAL_DRIFT, SEASONAL_SHIFT } from './series-state.js';

/** Against the seasonal profile: sees what is odd for this time of the day or week, such as a peak that stays out. */
export const season: Part = {
  name: 'season',
  residual: (_, moment) => moment.value - moment.season,
  learn: () => undefined,
  compare: (_, { value, season: usual }) => ({ usual, seen: value }),
};

/** The same over many observations: sees a day that is a little unlike others from morning to evening. */
function seasonalMean(name: string, cell: number, weight: number): Part {
  const next = (before: number, residual: number) => before + weight * (residual - before);
  return {
    name,
    residual: ({ numbers }, moment) => next(numbers[cell] ?? 0, moment.value - moment.season),
    learn: ({ numbers }, moment) => {
      if (!Number.isNaN(moment.season))
        numbers[cell] = next(numbers[cell] ?? 0, moment.value - moment.season);
    },
    compare: ({ numbers }, moment) => ({
      usual: moment.season,
      seen: moment.season + next(numbers[cell] ?? 0, moment.value - moment.season),
    }),
  };
}

export const seasonalShift = seasonalMean('seasonal-shift', SEASONAL_SHIFT, 0.1);
export const seasonalDrift = seasonalMean('seasonal-drift', SEASONAL_DRIFT, 0.02);
