import { forget, TAIL_CELLS, type Tails } from './tail.js';

/** Slots of a day, 30 minutes each, and of a week, two hours each. */
export const DAY_SLOTS = 48;
export const WEEK_SLOTS = 84;
/** Parts with a tail of their own. */
const TAILS = 8;

/** Places in {@link SeriesState.numbers}. */
export const COUNT = 0;
export const FIRST_AT = 1;
export const LAST_AT = 2;
/** Usual time between observations, in milliseconds. */
export const STEP = 3;
/** The first value, from which the seasonal profile is counted. */
export const ORIGIN = 4;
export const LAST = 5;
export const FAST = 6;
export const SHORT = 7;
export const LONG = 8;
export const SLOPE = 9;
export const SWING_NOW = 10;
export const SWING_USUAL = 11;
export const SEASONAL_SHIFT = 12;
export const SEASONAL_DRIFT = 13;
/** Mean absolute residual, the scale of what is clipped. */
export const SPREAD = 14;
/** Running absolute errors of the forecasts of which the best is shown. */
export const FAST_ERROR = 15;
export const PACE_ERROR = 16;
export const DAY_ERROR = 17;
export const WEEK_ERROR = 18;
/** Evidence of the current incident when it was reported, and quiet observations since. */
export const HELD = 19;
export const SINCE = 20;
/** Observations until a crossed limit counts as anew. */
export const BEYOND_LIMIT = 21;
const NUMBERS = 22;

/** Places in {@link SeriesState.extras}. */
/** Range of the values seen, which narrows slowly. */
export const HIGH = 0;
export const LOW = 1;
/** Values in a row that equal the one before, the longest such row of late, and the share of all values that do. */
export const RUN = 2;
export const LONGEST_RUN = 3;
export const REPEATS = 4;
/** Highest evidence of the incident that is open, 0 while none is; its loud observations, and the quiet ones since. */
export const PEAK = 5;
export const LOUD = 6;
export const QUIET = 7;
/** Of a job that runs at equal intervals: begin of its last run, whether that goes on, usual height and interval. */
export const RAN_AT = 8;
export const IS_RUNNING = 9;
export const RUN_HEIGHT = 10;
export const INTERVAL = 11;
/** Runs in a row that kept to the interval, and whether the next one is overdue and reported. */
export const REGULAR = 12;
export const IS_OVERDUE = 13;
/** How many times it was. */
export const OVERDUES = 14;
const EXTRAS = 15;
/** Classes of evidence in which the incidents of the past are counted. */
export const HABITS = 24;

/** Places in {@link SeriesState.seasons}. */
/** The seasonal profile that is used, and whether one of the week is known. */
export const PROFILE = 0;
export const IS_KNOWN = 1;
/** Running absolute error of the profile that has workdays and weekends apart. */
export const DAY_TYPE_ERROR = 2;
const SEASONS = 3;

const VERSION = 5;
const DAY_AT = NUMBERS * 8;
const WEEK_AT = DAY_AT + DAY_SLOTS * 4;
const FLOORS_AT = WEEK_AT + WEEK_SLOTS * 4;
const TOTALS_AT = FLOORS_AT + TAILS * 4;
const COUNTS_AT = TOTALS_AT + TAILS * 2;
const EXTRAS_AT = COUNTS_AT + TAILS * TAIL_CELLS * 2;
const HABITS_AT = EXTRAS_AT + EXTRAS * 8;
const SEASONS_AT = HABITS_AT + HABITS * 4;
const WORKDAY_AT = SEASONS_AT + SEASONS * 8;
const WEEKEND_AT = WORKDAY_AT + DAY_SLOTS * 4;
/** Bytes of the state of one series. */
const STATE_BYTES = WEEKEND_AT + DAY_SLOTS * 4;
/** With the version. */
export const SAVED_BYTES = 1 + STATE_BYTES;
/** Bytes of the versions that are read: each adds to the one before. */
const BYTES_OF: Readonly<Record<number, number>> = { 3: EXTRAS_AT, 4: SEASONS_AT, [VERSION]: STATE_BYTES };
/** Tails of the seasonal residuals: of single values and of their means. */
const SEASON_TAIL = 1;
const SEASONAL_MEAN_TAILS = [3, 4];

/** All that is known of one series, as it is kept: one piece of memory, which the heap has little of. */
export type StateBytes = Uint8Array;

/** The same as the parts work on it: views on one buffer. */
export interface SeriesState extends Tails {
  readonly bytes: StateBytes;
  readonly numbers: Float64Array;
  /** What the series shows at each time of day and of the week, less the first value; NaN while unknown. */
  readonly day: Float32Array;
  readonly week: Float32Array;
  readonly extras: Float64Array;
  /** Incidents of the past by the evidence of their peaks; they fade. */
  readonly habits: Float32Array;
  readonly seasons: Float64Array;
  /** As {@link day}, of workdays and of the weekend apart. */
  readonly workday: Float32Array;
  readonly weekend: Float32Array;
}

function over(buffer: ArrayBuffer): SeriesState {
  return {
    bytes: new Uint8Array(buffer),
    numbers: new Float64Array(buffer, 0, NUMBERS),
    day: new Float32Array(buffer, DAY_AT, DAY_SLOTS),
    week: new Float32Array(buffer, WEEK_AT, WEEK_SLOTS),
    floors: new Float32Array(buffer, FLOORS_AT, TAILS),
    totals: new Uint16Array(buffer, TOTALS_AT, TAILS),
    counts: new Uint16Array(buffer, COUNTS_AT, TAILS * TAIL_CELLS),
    extras: new Float64Array(buffer, EXTRAS_AT, EXTRAS),
    habits: new Float32Array(buffer, HABITS_AT, HABITS),
    seasons: new Float64Array(buffer, SEASONS_AT, SEASONS),
    workday: new Float32Array(buffer, WORKDAY_AT, DAY_SLOTS),
    weekend: new Float32Array(buffer, WEEKEND_AT, DAY_SLOTS),
  };
}

export function emptyState(): SeriesState {
  const state = over(new ArrayBuffer(STATE_BYTES));
  for (const slots of [state.day, state.week, state.workday, state.weekend]) slots.fill(Number.NaN);
  state.floors.fill(Number.NaN);
  return state;
}

const EMPTY = emptyState().bytes;

export function emptyBytes(): StateBytes {
  return EMPTY.slice();
}

/** The version, then the memory as it is (little endian on every platform that Node runs on). */
export function saveState(state: StateBytes, bytes = Buffer.allocUnsafe(SAVED_BYTES)): Buffer {
  bytes[0] = VERSION;
  bytes.set(state, 1);
  return bytes;
}

/**
 * What {@link saveState} of this version or the two before has written; null for other bytes. A worker of a version before
 * knows no later one: there, a series that comes back starts anew.
 *
 * @param spare a state that nobody needs any more: memory outside the heap is dear to get, and stays long when it is garbage
 */
export function loadState(bytes: Buffer, spare: StateBytes = new Uint8Array(STATE_BYTES)): StateBytes | null {
  const version = bytes[0] ?? 0;
  if (bytes.length !== 1 + (BYTES_OF[version] ?? Number.NaN)) return null;
  if (version === VERSION) spare.set(bytes.subarray(1));
  else {
    const state = emptyState();
    state.bytes.set(bytes.subarray(1));
    if (version === 3) migrate(state);
    spare.set(state.bytes);
  }
  return spare;
}

/** What was learnt goes on; the range seen and the seasonal residuals, which were no ratios, are learnt anew. */
function migrate(state: SeriesState): void {
  const { numbers, extras } = state;
  extras[HIGH] = numbers[LONG] ?? 0;
  extras[LOW] = numbers[LONG] ?? 0;
  forget(state, SEASON_TAIL);
}

/** The residuals of another profile are no measure of those to come. */
export function forgetSeasonalResiduals(state: SeriesState): void {
  for (const tail of [SEASON_TAIL, ...SEASONAL_MEAN_TAILS]) forget(state, tail);
  state.numbers[SEASONAL_SHIFT] = 0;
  state.numbers[SEASONAL_DRIFT] = 0;
}
