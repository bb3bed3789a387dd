/**
 * How much an alert flaps, as Nagios and its kin measure it: the share of the latest evaluations that changed the
 * state, the latest with the most weight. https://www.naemon.io/documentation/usersguide/flapping
 */

/** Evaluations that are looked back on. */
export const EVALUATIONS = 20;
/** The oldest counts 0.8, the latest 1.2. */
const LEAST_WEIGHT = 0.8;
const WEIGHT_RANGE = 0.4;

/** Per cent of changes above which an alert flaps, and below which it does so no more. */
export interface FlapThresholds {
  readonly high: number;
  readonly low: number;
}

/** As Icinga has them. */
export const FLAP_THRESHOLDS: FlapThresholds = { high: 30, low: 25 };

/** The latest evaluations of one alert. */
export interface FlapState {
  /** A bit for each that changed the state, the lowest for the latest. */
  readonly changes: number;
  readonly isFlapping: boolean;
}

export const STEADY: FlapState = { changes: 0, isFlapping: false };

/** Weighted per cent of the evaluations that changed the state. */
export function flapPercent({ changes }: FlapState): number {
  let sum = 0;
  for (let age = 0; age < EVALUATIONS; age++)
    if ((changes >>> age) & 1)
      sum += LEAST_WEIGHT + (WEIGHT_RANGE * (EVALUATIONS - 1 - age)) / (EVALUATIONS - 1);
  return (100 * sum) / EVALUATIONS;
}

/** Another evaluation, that of a later time; nothing has changed by it yet. Only a change makes an alert flap, whatever the thresholds were before. */
export function evaluated(state: FlapState, thresholds: FlapThresholds): FlapState {
  const next = { ...state, changes: (state.changes << 1) & (2 ** EVALUATIONS - 1) };
  return state.isFlapping ? withFlapping(next, thresholds) : next;
}

/** The latest evaluation has changed the state; more than one change counts as one. */
export function changed(state: FlapState, thresholds: FlapThresholds): FlapState {
  return withFlapping({ ...state, changes: state.changes | 1 }, thresholds);
}

function withFlapping(state: FlapState, { high, low }: FlapThresholds): FlapState {
  const percent = flapPercent(state);
  return { ...state, isFlapping: state.isFlapping ? percent >= low : percent > high };
}
