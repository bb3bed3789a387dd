import { passes } from './debounce.js';
import {
  bounded,
  type DetectionResult,
  type Detector,
  type Observation,
  type Reason,
  scoreOf,
  severityOf,
} from './detector.js';
import { baseline } from './parts/baseline.js';
import { level } from './parts/level.js';
import { type Moment, type Part, smooth } from './parts/part.js';
import { rate } from './parts/rate.js';
import { season, seasonalDrift, seasonalShift } from './parts/season.js';
import {
  COUNT,
  copyOf,
  DAY_ERROR,
  emptyState,
  FAST,
  FAST_ERROR,
  FIRST_AT,
  LAST,
  LAST_AT,
  LONG,
  loadState,
  ORIGIN,
  PACE_ERROR,
  type SeriesState,
  SHORT,
  SLOPE,
  SPREAD,
  STEP,
  saveState,
  WEEK_ERROR,
} from './parts/series-state.js';
import { shift } from './parts/shift.js';
import { swing } from './parts/swing.js';
import { reach, remember, surprise } from './parts/tail.js';
import { learnSeason, seasonalValue } from './seasonal-profile.js';
import { crossed, type Limits, NO_LIMITS } from './static-threshold.js';

/** Its order is that of the tails in the state, and that in which they learn. */
const PARTS: readonly Part[] = [baseline, season, shift, seasonalShift, seasonalDrift, swing, rate, level];
const BASELINE = PARTS.indexOf(baseline);
const SEASON = PARTS.indexOf(season);
const RATE = PARTS.indexOf(rate);
/** Log ratios are bounded by nature; they count for less. */
const WEIGHTS = PARTS.map((part) => (part === swing ? 0.7 : 1));
/** How much the parts that are not the loudest add. */
const REST = 0.1;
/**
 * Evidence that makes an anomaly at sensitivity 1, in -log10 of tail probabilities. After so many
 * observations it grows with their number, so that false alarms per month do not.
 */
const ALARM = 5.3;
const ALARM_GROWS_FROM = 4000;
/** The score while an incident stays open; far below every anomaly. */
const MUTED = 0.05;
/** A limit that was crossed: `warning`. */
const LIMIT_SCORE = 0.7;
/** Observations before the first score. */
export const WARM_UP = 20;
/** Share of the residuals that lie beyond an edge of the band at sensitivity 1. */
const RARE = 0.001;
/** Differences below this share of the value are rounding. */
const ROUNDING = 1e-9;
/** Weight of the newest error in the choice among forecasts. */
const ERROR_WEIGHT = 0.01;

export interface EnsembleOptions {
  /**
   * 1 as calibrated; 2 takes half the evidence for an anomaly, 0.5 twice as much. The band is as wide as goes with it: a value inside is
   * less than an anomaly needs, unless another part than that of the forecast is louder.
   */
  readonly sensitivity: number;
  /** Values beyond these are anomalies regardless of the history. */
  readonly limits?: Limits;
}

/**
 * Several views of a series side by side, each measured by how rare its residual is among its own
 * earlier ones (see {@link surprise}); together they give the evidence as the loudest plus a little
 * of the rest, which becomes a score and is de-bounced (see {@link passes}).
 */
export function ensemble(options: EnsembleOptions = { sensitivity: 1 }): Detector<SeriesState> {
  // All parts together have at most 1.7 times the evidence of the loudest, and 1.7 * 3 decades are less than the 5.3 of an alarm.
  const rare = RARE ** (1 / options.sensitivity);
  return {
    name: 'ensemble',
    initial: emptyState,
    observe: (state, observation) => {
      const next = copyOf(state);
      return [next, observe(next, observation, options, rare)];
    },
    save: saveState,
    load: loadState,
  };
}

/** Evidence of each part for the current observation; overwritten by the next one, of any series. */
const voices = new Float64Array(PARTS.length);

function observe(
  state: SeriesState,
  { at, value: given }: Observation,
  options: EnsembleOptions,
  rare: number,
): DetectionResult {
  const { numbers } = state;
  const count = numbers[COUNT] ?? 0;
  const isMissing = given === null || !Number.isFinite(given);
  const value = isMissing ? 0 : bounded(given);
  if (!isMissing && count === 0) begin(state, at, value);
  const moment: Moment = { at, value, count, season: seasonalValue(state, at) };
  const band = bandOf(state, moment, rare);
  if (isMissing) return { score: 0, ...band, isAnomaly: false, severity: 'info', reason: null };

  const evidence = listen(state, moment);
  const isPassing = passes(state, evidence);
  const alarm = alarmAt(count, options.sensitivity);
  const limit = crossed(state, value, options.limits ?? NO_LIMITS);
  const learnt = (isPassing ? 1 : MUTED) * scoreOf(count < WARM_UP ? 0 : evidence / alarm);
  const score = limit === null ? learnt : Math.max(learnt, LIMIT_SCORE);
  const isAnomaly = score >= 0.5;
  const result: DetectionResult = {
    score,
    ...band,
    isAnomaly,
    severity: severityOf(score),
    reason: isAnomaly ? reasonOf(state, moment, limit) : null,
  };
  learn(state, moment);
  return result;
}

function alarmAt(count: number, sensitivity: number): number {
  return (ALARM + Math.log10(Math.max(1, count / ALARM_GROWS_FROM))) / sensitivity;
}

function begin({ numbers }: SeriesState, at: number, value: number): void {
  numbers[FIRST_AT] = at;
  numbers[LAST_AT] = at;
  for (const cell of [ORIGIN, LAST, FAST, SHORT, LONG]) numbers[cell] = value;
}

/** The evidence of all parts, each of which remembers its residual. */
function listen(state: SeriesState, moment: Moment): number {
  const rounding = ROUNDING * Math.abs(moment.value);
  let loudest = 0;
  let sum = 0;
  for (let i = 0; i < PARTS.length; i++) {
    const residual = PARTS[i]?.residual(state, moment) ?? Number.NaN;
    let voice = 0;
    if (!Number.isNaN(residual)) {
      const known = Math.abs(residual) < rounding ? 0 : residual;
      voice = (WEIGHTS[i] ?? 1) * surprise(state, i, known);
      remember(state, i, known);
    }
    voices[i] = voice;
    loudest = Math.max(loudest, voice);
    sum += voice;
  }
  return loudest + REST * (sum - loudest);
}

function learn(state: SeriesState, moment: Moment): void {
  const { numbers } = state;
  const { at, value, count } = moment;
  const step = at - (numbers[LAST_AT] ?? 0);
  const usual = numbers[STEP] ?? 0;
  if (step > 0) {
    numbers[STEP] = usual === 0 ? step : usual + 0.05 * (Math.min(step, 3 * usual) - usual);
    numbers[LAST_AT] = at;
  }
  const centre = Number.isNaN(moment.season) ? (numbers[LONG] ?? 0) : moment.season;
  smooth(state, SPREAD, Math.abs(value - centre), 0.01, count);
  smooth(state, FAST_ERROR, Math.abs(value - (numbers[FAST] ?? 0)), ERROR_WEIGHT, count);
  smooth(
    state,
    PACE_ERROR,
    Math.abs(value - (numbers[LAST] ?? 0) - (numbers[SLOPE] ?? 0)),
    ERROR_WEIGHT,
    count,
  );
  learnSeason(state, at, value);
  for (const part of PARTS) part.learn(state, moment);
  numbers[COUNT] = count + 1;
}

type Band = Pick<DetectionResult, 'expected' | 'lower' | 'upper' | 'isSeasonal'>;

/** The forecast that has been best of late, and how far its residuals reach. */
function bandOf(state: SeriesState, { season: seasonal, count }: Moment, rare: number): Band {
  const { numbers } = state;
  const fastError = numbers[FAST_ERROR] ?? 0;
  const paceError = numbers[PACE_ERROR] ?? 0;
  const seasonError = Math.min(numbers[DAY_ERROR] ?? 0, numbers[WEEK_ERROR] ?? 0);
  const isSeasonal = !Number.isNaN(seasonal) && seasonError <= Math.min(fastError, paceError);
  const isSloped = !isSeasonal && paceError < fastError && count > 1;
  const tail = isSeasonal ? SEASON : isSloped ? RATE : BASELINE;
  const forecast = isSloped ? (numbers[LAST] ?? 0) + (numbers[SLOPE] ?? 0) : (numbers[FAST] ?? 0);
  const expected = isSeasonal ? seasonal : forecast;
  return {
    expected,
    lower: expected - reach(state, tail, true, rare, RARE),
    upper: expected + reach(state, tail, false, rare, RARE),
    isSeasonal,
  };
}

/** The limit that was crossed, or the parts that are nearly as loud as the loudest, at most three. */
function reasonOf(state: SeriesState, moment: Moment, limit: number | null): Reason {
  if (limit !== null) return { parts: ['threshold'], usual: limit, seen: moment.value };
  const order = PARTS.map((part, i) => ({ part, voice: voices[i] ?? 0 })).sort((a, b) => b.voice - a.voice);
  const loudest = order[0]?.voice ?? 0;
  const loud = order.filter(({ voice }) => voice >= 0.8 * loudest).slice(0, 3);
  const compared = loud[0]?.part.compare(state, moment) ?? { usual: 0, seen: moment.value };
  return { parts: loud.map(({ part }) => part.name), ...compared };
}
