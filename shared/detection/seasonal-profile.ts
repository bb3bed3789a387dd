import {
  COUNT,
  DAY_ERROR,
  FIRST_AT,
  ORIGIN,
  type SeriesState,
  SPREAD,
  STEP,
  WEEK_ERROR,
} from './parts/series-state.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The epoch was a Thursday; weeks begin on Sunday. */
const WEEK_OFFSET_MS = 4 * DAY_MS;
/** Least weight of the newest visit in a slot. */
const WEIGHT = 0.15;
/** A slot is moved by no more than so many mean absolute residuals at once. */
const CLIP = 6;
/** Weight of the newest error when the profiles are compared. */
const ERROR_WEIGHT = 0.005;

/**
 * A seasonal profile that is learnt online: an exponentially weighted mean for each slot of the day
 * and of the week (Holt and Winters' seasonal indices, Winters 1960, with robust updates as in Gelper,
 * Fried and Croux 2010), read with interpolation between the middles of slots. The week is used once
 * one has passed and while its errors are not larger than those of the day.
 *
 * @returns the value that is usual at this time; NaN before a whole day was seen
 */
export function seasonalValue(state: SeriesState, at: number): number {
  const days = (at - (state.numbers[FIRST_AT] ?? 0)) / DAY_MS;
  if (!(days > 1)) return Number.NaN;
  const byWeek = days > 7 ? weekly(state, at) : Number.NaN;
  const isBetter = (state.numbers[WEEK_ERROR] ?? 0) <= (state.numbers[DAY_ERROR] ?? 0);
  return !Number.isNaN(byWeek) && isBetter ? byWeek : daily(state, at);
}

export function learnSeason(state: SeriesState, at: number, value: number): void {
  const { numbers } = state;
  const days = (at - (numbers[FIRST_AT] ?? 0)) / DAY_MS;
  if (days > 1) compare(state, at, value, days);
  const offset = value - (numbers[ORIGIN] ?? 0);
  learn(state, state.day, dayPhase(at), DAY_MS, offset, days);
  learn(state, state.week, weekPhase(at), WEEK_MS, offset, days / 7);
}

/** Errors count up to ten times the usual one, or one outlier would choose the profile. */
function compare(state: SeriesState, at: number, value: number, days: number): void {
  const { numbers } = state;
  const most = 10 * (numbers[SPREAD] ?? 0);
  const byDay = Math.min(most, Math.abs(value - daily(state, at)));
  const byWeek = days > 7 ? Math.min(most, Math.abs(value - weekly(state, at))) : Number.NaN;
  if (Number.isNaN(byDay)) return;
  // A profile begins with a poor record and has to prove itself.
  const before = numbers[DAY_ERROR] || 3 * (numbers[SPREAD] ?? 0);
  numbers[DAY_ERROR] = before + ERROR_WEIGHT * (byDay - before);
  const beforeWeek = numbers[WEEK_ERROR] ?? 0;
  numbers[WEEK_ERROR] = Number.isNaN(byWeek)
    ? (numbers[DAY_ERROR] ?? 0)
    : beforeWeek + ERROR_WEIGHT * (byWeek - beforeWeek);
}

function daily(state: SeriesState, at: number): number {
  return between(state.day, dayPhase(at)) + (state.numbers[ORIGIN] ?? 0);
}

function weekly(state: SeriesState, at: number): number {
  return between(state.week, weekPhase(at)) + (state.numbers[ORIGIN] ?? 0);
}

function dayPhase(at: number): number {
  return phase(at, DAY_MS);
}

function weekPhase(at: number): number {
  return phase(at + WEEK_OFFSET_MS, WEEK_MS);
}

/** In [0, 1), also before 1970. */
function phase(at: number, period: number): number {
  return (((at % period) + period) % period) / period;
}

/** The profile at a phase in [0, 1), between the middles of its slots. */
function between(slots: Float32Array, phase: number): number {
  const count = slots.length;
  const position = phase * count - 0.5;
  const below = Math.floor(position);
  const before = slots[(below + count) % count] ?? Number.NaN;
  const after = slots[(below + 1) % count] ?? Number.NaN;
  if (Number.isNaN(before)) return after;
  if (Number.isNaN(after)) return before;
  return before + (position - below) * (after - before);
}

/** A visit of a slot weighs the same however many observations it brings. */
function learn(
  { numbers }: SeriesState,
  slots: Float32Array,
  phase: number,
  period: number,
  offset: number,
  visits: number,
): void {
  const slot = Math.floor(phase * slots.length);
  const known = slots[slot] ?? Number.NaN;
  if (Number.isNaN(known)) {
    slots[slot] = offset;
    return;
  }
  const step = numbers[STEP] ?? 0;
  const perVisit = step > 0 ? Math.max(1, period / slots.length / step) : 1;
  const weight = 1 - (1 - Math.max(1 / (visits + 1.5), WEIGHT)) ** (1 / perVisit);
  const error = offset - known;
  const clip = visits > 1 && (numbers[COUNT] ?? 0) > 1 ? CLIP * (numbers[SPREAD] ?? 0) : Infinity;
  slots[slot] = known + weight * Math.max(-clip, Math.min(clip, error));
}
