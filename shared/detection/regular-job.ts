import {
  INTERVAL,
  IS_OVERDUE,
  IS_RUNNING,
  LAST_AT,
  LONG,
  LOW,
  OVERDUES,
  RAN_AT,
  REGULAR,
  RUN_HEIGHT,
  type SeriesState,
  STEP,
} from './parts/series-state.js';

/** A run begins above this share of the usual height of one, and ends below the other. */
const BEGINS = 0.5;
const ENDS = 0.25;
/** A run stands out of the rest by more than so many times the mean. */
const STANDS_OUT = 1.5;
/**
 * Runs in a row that must have kept to the interval before one that stays out is reported, twice as many each time that one was:
 * what runs by the hour on workdays stays out each night. Runs before one on time is usual.
 */
const KNOWN_AFTER = 6;
const MOST_DOUBLINGS = 10;
const USUAL_AFTER = 1;
/** Share of the interval, and steps, by which a run may be early or late. */
const SLACK = 0.1;
const SLACK_STEPS = 1.5;
/** After so many steps without an observation nobody knows whether it has run. */
const GAP_STEPS = 5;
/** A run takes no longer than this share of the interval; what does is a wave rather than a job. */
const LONGEST = 0.25;
/** A run of so many times the usual height is none of the job. */
const TOO_HIGH = 2;
const WEIGHT = 0.3;
const INTERVAL_WEIGHT = 0.2;

/** `on-time`: the job runs when it should; `overdue`: it has not begun, given once. */
export type JobState = 'none' | 'on-time' | 'overdue';

/** Follows a job that runs at equal intervals: most of the time little, then much for a while. Counts a value. */
export function followJob({ numbers, extras }: SeriesState, at: number, value: number): JobState {
  const low = extras[LOW] ?? 0;
  const above = value - low;
  const height = extras[RUN_HEIGHT] ?? 0;
  const interval = extras[INTERVAL] ?? 0;
  const step = numbers[STEP] ?? 0;
  if (step > 0 && at - (numbers[LAST_AT] ?? 0) > GAP_STEPS * step) extras[RAN_AT] = 0;
  const before = extras[RAN_AT] ?? 0;
  const elapsed = at - before;
  const isUsual = above < TOO_HIGH * height;
  if (extras[IS_RUNNING] === 1) {
    if (elapsed > LONGEST * interval) extras[REGULAR] = 0;
    if (above < ENDS * height) extras[IS_RUNNING] = 0;
    return isUsual && (extras[REGULAR] ?? 0) > USUAL_AFTER ? 'on-time' : 'none';
  }
  const slack = Math.max(SLACK * interval, SLACK_STEPS * step);
  if (above > BEGINS * height && above > STANDS_OUT * Math.max(0, (numbers[LONG] ?? 0) - low)) {
    const isKept = Math.abs(elapsed - interval) <= slack;
    begin(extras, at, above, isKept);
    return isKept && isUsual && (extras[REGULAR] ?? 0) >= USUAL_AFTER ? 'on-time' : 'none';
  }
  const isKnown =
    (extras[REGULAR] ?? 0) >= KNOWN_AFTER * 2 ** Math.min(MOST_DOUBLINGS, extras[OVERDUES] ?? 0);
  if (!isKnown || before === 0 || elapsed <= interval + slack || extras[IS_OVERDUE] === 1) return 'none';
  extras[IS_OVERDUE] = 1;
  extras[OVERDUES] = (extras[OVERDUES] ?? 0) + 1;
  return 'overdue';
}

function begin(extras: Float64Array, at: number, above: number, isKept: boolean): void {
  const before = extras[RAN_AT] ?? 0;
  const height = extras[RUN_HEIGHT] ?? 0;
  const interval = extras[INTERVAL] ?? 0;
  const gap = at - before;
  extras[RUN_HEIGHT] = height === 0 ? above : height + WEIGHT * (Math.min(above, TOO_HIGH * height) - height);
  // A run that comes after one stayed out, or after a gap, says nothing of the interval.
  if (extras[IS_OVERDUE] === 1) extras[REGULAR] = 0;
  else if (before !== 0) {
    extras[REGULAR] = isKept ? (extras[REGULAR] ?? 0) + 1 : 0;
    extras[INTERVAL] = isKept ? interval + INTERVAL_WEIGHT * (gap - interval) : gap;
  }
  extras[RAN_AT] = at;
  extras[IS_RUNNING] = 1;
  extras[IS_OVERDUE] = 0;
}

/** The interval of the job and the time since it last began, in milliseconds. */
export function overdueBy({ extras }: SeriesState, at: number): { usual: number; seen: number } {
  return { usual: extras[INTERVAL] ?? 0, seen: at - (extras[RAN_AT] ?? 0) };
}
