import type { Part } from './part.js';
import { SEASONAL_DRIFT, SEASONAL_SHIFT, type SeriesState, SPREAD } from './series-state.js';

/** When the season, or that of the week, becomes known, the parts count their residuals anew. */
const HEARD_FROM = 100;

/**
 * Against the seasonal profile: sees what is odd for this time of the day or week, such as a peak that stays out. Residuals are
 * differences near zero and ratios far from it (inverse hyperbolic sine, Burbidge et al. 1988): the noise of a busy hour hides nothing at night.
 */
export const season: Part = {
  name: 'season',
  isRatio: true,
  heardFrom: HEARD_FROM,
  residual: ({ numbers }, { value, season: usual }) => {
    const spread = numbers[SPREAD] ?? 0;
    return spread > 0 ? scaled(value, spread) - scaled(usual, spread) : value - usual;
  },
  learn: () => undefined,
  compare: (_, { value, season: usual }) => ({ usual, seen: value }),
};

/** Larger ratios count as this one, so that their difference is a number. */
const LARGEST_RATIO = 1e30;

function scaled(value: number, spread: number): number {
  return Math.asinh(Math.min(LARGEST_RATIO, Math.max(-LARGEST_RATIO, value / spread)));
}

/** The value whose residual is so much. */
export function seasonalEdge({ numbers }: SeriesState, usual: number, residual: number): number {
  const spread = numbers[SPREAD] ?? 0;
  return spread > 0 ? spread * Math.sinh(scaled(usual, spread) + residual) : usual + residual;
}

/** The same over many observations: sees a day that is a little unlike others from morning to evening. */
function seasonalMean(name: string, cell: number, weight: number): Part {
  const next = (before: number, residual: number) => before + weight * (residual - before);
  return {
    name,
    heardFrom: HEARD_FROM,
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
