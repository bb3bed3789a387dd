import { type Detector, type Observation, scoreOf, severityOf, type Verdict } from './detector.js';
import { type ErrorMemory, errorMemory, MEMORY, remember, robustSigma } from './error-memory.js';
import { medianOf } from './quantiles.js';
import { loadState, saveState } from './robust-ewma-state.js';

/** What the detector knows of a series. Never changed in place. */
export interface RobustEwmaState {
  /** Values seen while warming up; empty afterwards. */
  readonly warmUp: readonly number[];
  /** One-step forecast; null until warmed up. */
  readonly level: number | null;
  readonly errors: ErrorMemory;
  /** The latest values, all outside the band on the same side; fewer than a shift needs. */
  readonly run: readonly number[];
  /** Observations for which the current incident stays open; 0 without one. */
  readonly open: number;
  /** The largest distance of the current incident, in half-widths of the band. */
  readonly peak: number;
}

export interface RobustEwmaOptions {
  /** Half-width of the band in robust standard deviations. */
  readonly bandSigmas: number;
  /** Observations before the first verdict that can be an anomaly. */
  readonly warmUp: number;
  /** Observations inside the band that end an incident. */
  readonly quiet: number;
}

export const ROBUST_EWMA_DEFAULTS: RobustEwmaOptions = { bandSigmas: 5, warmUp: 20, quiet: 10 };

/** Weight of the newest value in the level. */
const ALPHA = 0.2;
/** Values inside the band move the level by at most this many standard deviations' worth. */
const CLIP_SIGMAS = 2;
/** So many values in a row outside the band on one side are not outliers but a new level. */
const SHIFT_RUN = 8;
/** An incident that is this many times worse than it was is told again. */
const WORSE = 2;
/** Least standard deviation, relative to the level: a constant series has a band of 1 % at 5 sigmas. */
const RELATIVE_FLOOR = 0.002;
const ABSOLUTE_FLOOR = 1e-12;
/** Larger magnitudes count as this one; keeps every intermediate figure finite. */
const LARGEST = 1e30;
/** Widening of the band while few errors are known: factor 1 + this / count. */
const SMALL_SAMPLE = 10;

/**
 * Exponentially weighted level with a robust, learned band.
 *
 * The level is simple exponential smoothing over cleaned values, as in Gelper, Fried and Croux
 * (2010), "Robust forecasting with exponential and Holt-Winters smoothing", J. Forecasting 29:
 * inside the band an update is clipped (Huber's psi, k = 2), outside it there is none. The band's
 * width follows from the last 128 one-step errors, see {@link robustSigma}. Eight values in a row
 * beyond the band on one side are a level shift: the level becomes their median, the band stays.
 */
export function robustEwma(options: RobustEwmaOptions = ROBUST_EWMA_DEFAULTS): Detector<RobustEwmaState> {
  return {
    name: 'robust-ewma',
    initial: () => ({
      warmUp: [],
      level: null,
      errors: errorMemory(new Float32Array(0)),
      run: [],
      open: 0,
      peak: 0,
    }),
    observe: (state, observation) => observe(state, observation, options),
    save: saveState,
    load: loadState,
  };
}

function observe(
  state: RobustEwmaState,
  { value: given }: Observation,
  options: RobustEwmaOptions,
): readonly [RobustEwmaState, Verdict] {
  const missing = given === null || !Number.isFinite(given);
  const value = missing ? 0 : Math.min(LARGEST, Math.max(-LARGEST, given));
  if (state.level === null) return warmUp(state, missing ? null : value, options);

  const { level } = state;
  const sigma = sigmaOf(state.errors, level);
  const half = sigma * options.bandSigmas * (1 + SMALL_SAMPLE / state.errors.recent.length);
  const band = { expected: level, lower: level - half, upper: level + half };
  if (missing) return [state, { score: 0, ...band, isAnomaly: false, severity: 'info' }];

  const error = value - level;
  const distance = Math.abs(error) / half;
  const outside = distance > 1;
  const isAnomaly = outside && (state.open === 0 || distance >= WORSE * state.peak);
  const score = scoreOf(distance);
  const verdict = { score, ...band, isAnomaly, severity: outside ? severityOf(score) : 'info' } as const;

  const incident = outside
    ? { open: options.quiet, peak: Math.max(state.peak, distance) }
    : { open: Math.max(0, state.open - 1), peak: state.open > 1 ? state.peak : 0 };
  const next = outside ? afterOutlier(state, level, value) : afterInlier(state, level, value, sigma);
  return [{ ...next, ...incident, warmUp: [] }, verdict];
}

type Learned = Pick<RobustEwmaState, 'level' | 'errors' | 'run'>;

/** A run that ended was no shift: its errors now count as what the tail of this series looks like. */
function afterInlier(state: RobustEwmaState, level: number, value: number, sigma: number): Learned {
  const clip = CLIP_SIGMAS * sigma;
  return {
    level: level + ALPHA * Math.min(clip, Math.max(-clip, value - level)),
    errors: rememberAll(state.errors, [...state.run, value], level),
    run: [],
  };
}

function afterOutlier(state: RobustEwmaState, level: number, value: number): Learned {
  const before = state.run.at(-1);
  const sameSide = before === undefined || before > level === value > level;
  if (!sameSide) return { level, errors: rememberAll(state.errors, state.run, level), run: [value] };
  const run = [...state.run, value];
  if (run.length < SHIFT_RUN) return { level, errors: state.errors, run };
  const shifted = medianOf(run);
  return { level: shifted, errors: rememberAll(state.errors, run, shifted), run: [] };
}

function warmUp(
  state: RobustEwmaState,
  value: number | null,
  options: RobustEwmaOptions,
): readonly [RobustEwmaState, Verdict] {
  const seen = value === null ? state.warmUp : [...state.warmUp, value];
  const expected = seen.length === 0 ? 0 : medianOf(seen);
  const verdict: Verdict = {
    score: 0,
    expected,
    lower: seen.length === 0 ? 0 : Math.min(...seen),
    upper: seen.length === 0 ? 0 : Math.max(...seen),
    isAnomaly: false,
    severity: 'info',
  };
  if (seen.length < options.warmUp) return [{ ...state, warmUp: seen }, verdict];
  const errors = errorMemory(Float32Array.from(seen.slice(-MEMORY), (v) => Math.abs(v - expected)));
  return [{ ...state, warmUp: [], level: expected, errors }, verdict];
}

function sigmaOf(errors: ErrorMemory, level: number): number {
  return Math.max(robustSigma(errors), RELATIVE_FLOOR * Math.abs(level), ABSOLUTE_FLOOR);
}

function rememberAll(errors: ErrorMemory, values: readonly number[], level: number): ErrorMemory {
  return values.reduce((memory, value) => remember(memory, Math.abs(value - level)), errors);
}
