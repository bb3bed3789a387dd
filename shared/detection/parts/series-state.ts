import { TAIL_CELLS, type Tails } from './tail.js';

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

const VERSION = 4;
/** The version before had no extras and no habits, and measured the seasonal residuals otherwise. */
const BEFORE = 3;
const DAY_AT = NUMBERS * 8;
const WEEK_AT = DAY_AT + DAY_SLOTS * 4;
const FLOORS_AT = WEEK_AT + WEEK_SLOTS * 4;
const TOTALS_AT = FLOORS_AT + TAILS * 4;
const COUNTS_AT = TOTALS_AT + TAILS * 2;
const EXTRAS_AT = COUNTS_AT + TAILS * TAIL_CELLS * 2;
const HABITS_AT = EXTRAS_AT + EXTRAS * 8;
/** Bytes of the state of one series. */
export const STATE_BYTES = HABITS_AT + HABITS * 4;
/** Tail of the seasonal residuals. */
const SEASON_TAIL = 1;

/** All that is known of one series: views on one buffer, so that it is copied and saved in one piece. */
export interface SeriesState extends Tails {
  readonly numbers: Float64Array;
  /** What the series shows at each time of day and of the week, less the first value; NaN while unknown. */
  readonly day: Float32Array;
  readonly week: Float32Array;
  readonly extras: Float64Array;
  /** Incidents of the past by the evidence of their peaks; they fade. */
  readonly habits: Float32Array;
}

function over(buffer: ArrayBuffer): SeriesState {
  return {
    numbers: new Float64Array(buffer, 0, NUMBERS),
    day: new Float32Array(buffer, DAY_AT, DAY_SLOTS),
    week: new Float32Array(buffer, WEEK_AT, WEEK_SLOTS),
    floors: new Float32Array(buffer, FLOORS_AT, TAILS),
    totals: new Uint16Array(buffer, TOTALS_AT, TAILS),
    counts: new Uint16Array(buffer, COUNTS_AT, TAILS * TAIL_CELLS),
    extras: new Float64Array(buffer, EXTRAS_AT, EXTRAS),
    habits: new Float32Array(buffer, HABITS_AT, HABITS),
  };
}

export function emptyState(): SeriesState {
  const state = over(new ArrayBuffer(STATE_BYTES));
  state.day.fill(Number.NaN);
  state.week.fill(Number.NaN);
  state.floors.fill(Number.NaN);
  return state;
}

export function copyOf(state: SeriesState): SeriesState {
  return over(state.numbers.buffer.slice(0) as ArrayBuffer);
}

/** The version, then the memory as it is (little endian on every platform that Node runs on). */
export function saveState(state: SeriesState): Buffer {
  const bytes = Buffer.allocUnsafe(1 + STATE_BYTES);
  bytes[0] = VERSION;
  bytes.set(new Uint8Array(state.numbers.buffer), 1);
  return bytes;
}

/**
 * What {@link saveState} of this version or the one before has written; null for other bytes. A worker of the version before
 * knows no later one: there, a series that comes back starts anew.
 */
export function loadState(bytes: Buffer): SeriesState | null {
  const isBefore = bytes[0] === BEFORE && bytes.length === 1 + EXTRAS_AT;
  if (!isBefore && (bytes[0] !== VERSION || bytes.length !== 1 + STATE_BYTES)) return null;
  const buffer = new ArrayBuffer(STATE_BYTES);
  new Uint8Array(buffer).set(bytes.subarray(1));
  const state = over(buffer);
  if (isBefore) migrate(state);
  return state;
}

/** What was learnt goes on; the range seen and the seasonal residuals are learnt anew. */
function migrate({ numbers, extras, counts, totals, floors }: SeriesState): void {
  extras[HIGH] = numbers[LONG] ?? 0;
  extras[LOW] = numbers[LONG] ?? 0;
  counts.fill(0, SEASON_TAIL * TAIL_CELLS, (SEASON_TAIL + 1) * TAIL_CELLS);
  totals[SEASON_TAIL] = 0;
  floors[SEASON_TAIL] = Number.NaN;
}
