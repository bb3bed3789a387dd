import { passes } from './debounce.js';
import {
  ANOMALY_SCORE,
  bounded,
  CERTAIN_SCORE,
  type DetectionResult,
  type Detector,
  type Observation,
  type Reason,
  scoreOf,
  severityOf,
} from './detector.js';
import { effectSize, learnRange } from './effect-size.js';
import { followIncident, habituated, learnsLoud, OPENS } from './habituation.js';
import { baseline } from './parts/baseline.js';
import { level } from './parts/level.js';
import { type Moment, type Part, ROUNDING, smooth } from './parts/part.js';
import { rate } from './parts/rate.js';
import { season, seasonalDrift, seasonalEdge, seasonalShift } from './parts/season.js';
import {
  COUNT,
  emptyBytes,
  emptyState,
  FAST,
  FAST_ERROR,
  FIRST_AT,
  HIGH,
  LAST,
  LAST_AT,
  LONG,
  LOW,
  loadState,
  ORIGIN,
  PACE_ERROR,
  SAVED_BYTES,
  type SeriesState,
  SHORT,
  SLOPE,
  SPREAD,
  STEP,
  type StateBytes,
  saveState,
} from './parts/series-state.js';
import { shift } from './parts/shift.js';
import { swing } from './parts/swing.js';
import { rarity, reach, remember } from './parts/tail.js';
import { followJob, type JobState, overdueBy } from './regular-job.js';
import { learnSeason, seasonalError, seasonalValue } from './seasonal-profile.js';
import { crossed, type Limits, NO_LIMITS } from './static-threshold.js';
import { stuck } from './stuck.js';

/** Its order is that of the tails in the state, and that in which they learn. */
const PARTS: readonly Part[] = [baseline, season, shift, seasonalShift, seasonalDrift, swing, rate, level];
/** What an anomaly's `detector` may name of them. */
export const PART_NAMES: readonly string[] = PARTS.map(({ name }) => name);
const BASELINE = PARTS.indexOf(baseline);
const SEASON = PARTS.indexOf(season);
const RATE = PARTS.indexOf(rate);
/** Log ratios are bounded by nature; they count for less. */
const WEIGHTS = PARTS.map((part) => (part === swing ? 0.7 : 1));
/** How much the parts that are not the loudest add. */
const REST = 0.13;
/**
 * Evidence that makes an anomaly at sensitivity 1, in -log10 of tail probabilities. After so many
 * observations it grows with their number, so that false alarms per month do not.
 */
const ALARM = 5.3;
const ALARM_GROWS_FROM = 4000;
/** What a score keeps while an incident stays open: never an anomaly. */
const MUTED = 0.2;
/** What the evidence keeps while a regular job runs when it should. */
const ON_TIME = 0.5;
/** Of the way from the expected value to an anomaly within the band, the part that stays within. */
const WITHIN = 0.9;
/** Observations before the first score. */
export const WARM_UP = 20;
/** Share of the residuals that lie beyond an edge of the band at sensitivity 1. */
const RARE = 0.0018;
/** Weight of the newest error in the choice among forecasts. */
const ERROR_WEIGHT = 0.01;

export interface EnsembleOptions {
  /**
   * 1 as calibrated; 2 takes half the evidence for an anomaly, 0.5 twice as much. The band is as wide as goes with it: no value inside
   * is an anomaly by its evidence.
   */
  readonly sensitivity: number;
  /** Values beyond these are anomalies regardless of the history. */
  readonly limits?: Limits;
}

/**
 * Several views of a series side by side, each measured by how rare its residual is among its own
 * earlier ones (see {@link rarity}); together they give the evidence as the loudest plus a little
 * of the rest. It counts by the size of the effect (see {@link effectSize}) and less with each time that the like has been
 * before (see {@link habituated}), becomes a score, and is de-bounced (see {@link passes}). A sensor that is
 * stuck and a regular job that does not run are found apart from it (see {@link stuck}, {@link followJob}).
 */
export function ensemble(options: EnsembleOptions = { sensitivity: 1 }): Detector<StateBytes> {
  // All parts together have at most 1.91 times the evidence of the loudest, and 1.91 * 2.74 decades are less than the 5.3 of an alarm.
  const rare = RARE ** (1 / options.sensitivity);
  return {
    name: 'ensemble',
    initial: emptyBytes,
    observe: (state, observation, next = new Uint8Array(state.length)) => {
      working.bytes.set(state);
      const result = observe(working, observation, options, rare);
      next.set(working.bytes);
      return [next, result];
    },
    savedBytes: SAVED_BYTES,
    save: saveState,
    load: loadState,
  };
}

/** The state that is observed with, for any series: views on the memory of each one would take as much as that again. */
const working = emptyState();
/** Evidence and residual of each part for the current observation; overwritten by the next one, of any series. */
const voices = new Float64Array(PARTS.length);
const residuals = new Float64Array(PARTS.length);

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

  const job = followJob(state, at, value);
  const large = listen(state, moment) * effectSize(state, moment) * (job === 'on-time' ? ON_TIME : 1);
  const evidence = habituated(state, large);
  followIncident(state, large);
  takeIn(state, learnsLoud(state, count, alarmAt(count, 1)));
  const isPassing = passes(state, evidence);
  const limit = crossed(state, value, options.limits ?? NO_LIMITS);
  const certain = certainReason(state, moment, job);
  const learnt =
    (isPassing ? 1 : MUTED) * scoreOf(count < WARM_UP ? 0 : evidence / alarmAt(count, options.sensitivity));
  const score = limit === null && certain === null ? learnt : Math.max(learnt, CERTAIN_SCORE);
  const isAnomaly = score >= ANOMALY_SCORE;
  const result: DetectionResult = {
    score,
    ...(learnt >= ANOMALY_SCORE ? without(band, value) : band),
    isAnomaly,
    severity: severityOf(score),
    reason: isAnomaly ? reasonOf(state, moment, limit, learnt >= ANOMALY_SCORE ? null : certain) : null,
  };
  learn(state, moment);
  return result;
}

/** Of what is found apart from the evidence. Counts a value. */
function certainReason(state: SeriesState, { at, value }: Moment, job: JobState): Reason | null {
  const held = stuck(state, value);
  if (held !== null) return { parts: ['stuck'], ...held };
  return job === 'overdue' ? { parts: ['absence'], ...overdueBy(state, at) } : null;
}

function alarmAt(count: number, sensitivity: number): number {
  return (ALARM + Math.log10(Math.max(1, count / ALARM_GROWS_FROM))) / sensitivity;
}

function begin({ numbers, extras }: SeriesState, at: number, value: number): void {
  numbers[FIRST_AT] = at;
  numbers[LAST_AT] = at;
  for (const cell of [ORIGIN, LAST, FAST, SHORT, LONG]) numbers[cell] = value;
  extras[HIGH] = value;
  extras[LOW] = value;
}

/** The evidence of all parts. */
function listen(state: SeriesState, moment: Moment): number {
  let loudest = 0;
  let sum = 0;
  for (let i = 0; i < PARTS.length; i++) {
    const part = PARTS[i] as Part;
    const residual = part.residual(state, moment);
    const rounding = part.isRatio ? ROUNDING : ROUNDING * Math.abs(moment.value);
    const known = Math.abs(residual) < rounding ? 0 : residual;
    const isHeard = !Number.isNaN(known) && (state.totals[i] ?? 0) >= (part.heardFrom ?? 0);
    const voice = isHeard ? (WEIGHTS[i] ?? 1) * rarity(state, i, known) : 0;
    residuals[i] = known;
    voices[i] = voice;
    loudest = Math.max(loudest, voice);
    sum += voice;
  }
  return loudest + REST * (sum - loudest);
}

/** Each part takes its residual among those of the past, loud ones only if they are to be learnt. */
function takeIn(state: SeriesState, areLoudLearnt: boolean): void {
  for (let i = 0; i < PARTS.length; i++) {
    const residual = residuals[i] ?? Number.NaN;
    if (!Number.isNaN(residual) && (areLoudLearnt || (voices[i] ?? 0) < OPENS)) remember(state, i, residual);
  }
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
  learnRange(state, value);
  for (const part of PARTS) part.learn(state, moment);
  numbers[COUNT] = count + 1;
}

type Band = Pick<DetectionResult, 'expected' | 'lower' | 'upper' | 'isSeasonal'>;

/** The forecast that has been best of late, and how far its residuals reach. */
function bandOf(state: SeriesState, { season: seasonal, count }: Moment, rare: number): Band {
  const { numbers } = state;
  const fastError = numbers[FAST_ERROR] ?? 0;
  const paceError = numbers[PACE_ERROR] ?? 0;
  const isSeasonal = !Number.isNaN(seasonal) && seasonalError(state) <= Math.min(fastError, paceError);
  const isSloped = !isSeasonal && paceError < fastError && count > 1;
  const tail = isSeasonal ? SEASON : isSloped ? RATE : BASELINE;
  const forecast = isSloped ? (numbers[LAST] ?? 0) + (numbers[SLOPE] ?? 0) : (numbers[FAST] ?? 0);
  const expected = isSeasonal ? seasonal : forecast;
  const below = reach(state, tail, true, rare, RARE);
  const above = reach(state, tail, false, rare, RARE);
  if (!isSeasonal) return { expected, lower: expected - below, upper: expected + above, isSeasonal };
  const lower = Math.min(expected, bounded(seasonalEdge(state, expected, -below)));
  const upper = Math.max(expected, bounded(seasonalEdge(state, expected, above)));
  return { expected, lower, upper, isSeasonal };
}

/** The band without a value that is an anomaly: another part than that of the forecast may find one that is not far from it. */
function without(band: Band, value: number): Band {
  const { expected, lower, upper } = band;
  if (value <= lower || value >= upper) return band;
  const edge = expected + WITHIN * (value - expected);
  return value < expected ? { ...band, lower: edge } : { ...band, upper: edge };
}

/** The limit that was crossed, what is certain anyway, or the parts that are nearly as loud as the loudest, at most three. */
function reasonOf(state: SeriesState, moment: Moment, limit: number | null, certain: Reason | null): Reason {
  if (limit !== null) return { parts: ['threshold'], usual: limit, seen: moment.value };
  if (certain !== null) return certain;
  const order = PARTS.map((part, i) => ({ part, voice: voices[i] ?? 0 })).sort((a, b) => b.voice - a.voice);
  const loudest = order[0]?.voice ?? 0;
  const loud = order.filter(({ voice }) => voice >= 0.8 * loudest).slice(0, 3);
  const compared = loud[0]?.part.compare(state, moment) ?? { usual: 0, seen: moment.value };
  return { parts: loud.map(({ part }) => part.name), ...compared };
}
