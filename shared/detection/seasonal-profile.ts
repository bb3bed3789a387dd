import {
  COUNT,
  DAY_ERROR,
  DAY_TYPE_ERROR,
  FAST_ERROR,
  FIRST_AT,
  forgetSeasonalResiduals,
  IS_KNOWN,
  ORIGIN,
  PACE_ERROR,
  PROFILE,
  type SeriesState,
  SPREAD,
  STEP,
  WEEK_ERROR,
} from './parts/series-state.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The epoch was a Thursday; weeks begin on Sunday. */
const WEEK_OFFSET_MS = 4 * DAY_MS;
const SUNDAY = 0;
const MONDAY = 1;
const SATURDAY = 6;
/** Least weight of the newest visit in a slot. */
const WEIGHT = 0.15;
/** A slot is moved by no more than so many mean absolute residuals at once. */
const CLIP = 6;
/** Weight of the newest error when the profiles are compared. */
const ERROR_WEIGHT = 0.005;
/** The profiles, by their place in {@link errorsOf}. */
const DAILY = 0;
const DAY_TYPE = 1;
const WEEKLY = 2;
/** Another profile is taken when its errors are below this share: those of an incident are the same for all and mean nothing. */
const BETTER = 0.8;
/** A week is known when its errors are below this share of those of the day, and no more than so many times those of the best other forecast. */
const CLEARLY_BETTER = 0.75;
const GOOD = 1.2;

/**
 * A seasonal profile that is learnt online: an exponentially weighted mean for each slot of the day, of workdays and of the weekend apart,
 * and of the week (Holt and Winters' seasonal indices, Winters 1960, with robust updates as in Gelper, Fried and Croux 2010; two types of
 * day as in Gould et al. 2008, "Forecasting time series with multiple seasonal patterns"). That with the least errors of late is used.
 *
 * @returns the value that is usual at this time; NaN before a whole day was seen
 */
export function seasonalValue(state: SeriesState, at: number): number {
  return daysSeen(state, at) > 1 ? expectedBy(state, state.seasons[PROFILE] ?? DAILY, at) : Number.NaN;
}

/** The errors of the profile that is used. */
export function seasonalError({ numbers, seasons }: SeriesState): number {
  return errorsOf(numbers, seasons)[seasons[PROFILE] ?? DAILY] ?? 0;
}

export function learnSeason(state: SeriesState, at: number, value: number): void {
  const days = daysSeen(state, at);
  if (days > 1) compare(state, at, value, days);
  const offset = value - (state.numbers[ORIGIN] ?? 0);
  learn(state, state.day, dayPhase(at), DAY_MS, offset, days);
  learn(state, state.week, weekPhase(at), WEEK_MS, offset, days / 7);
  learn(state, ofType(state, at), dayPhase(at), DAY_MS, offset, (days * (isWeekend(at) ? 2 : 5)) / 7);
}

function daysSeen({ numbers }: SeriesState, at: number): number {
  return (at - (numbers[FIRST_AT] ?? 0)) / DAY_MS;
}

function errorsOf(
  numbers: Float64Array,
  seasons: Float64Array,
): [day: number, dayType: number, week: number] {
  return [numbers[DAY_ERROR] ?? 0, seasons[DAY_TYPE_ERROR] ?? 0, numbers[WEEK_ERROR] ?? 0];
}

/** Errors count up to ten times the usual one, or one outlier would choose the profile. */
function compare(state: SeriesState, at: number, value: number, days: number): void {
  const { numbers, seasons } = state;
  const spread = numbers[SPREAD] ?? 0;
  const errorOf = (profile: number) =>
    Math.min(10 * spread, Math.abs(value - expectedBy(state, profile, at)));
  const byDay = errorOf(DAILY);
  if (Number.isNaN(byDay)) return;
  // A profile begins with a poor record and has to prove itself; until it knows what comes at such a time, it is no better than the day.
  const day = follow(numbers[DAY_ERROR] || 3 * spread, byDay);
  numbers[DAY_ERROR] = day;
  const byType = days > daysSinceSuch(at) ? errorOf(DAY_TYPE) : Number.NaN;
  seasons[DAY_TYPE_ERROR] = Number.isNaN(byType) ? day : follow(seasons[DAY_TYPE_ERROR] || day, byType);
  const byWeek = days > 7 ? errorOf(WEEKLY) : Number.NaN;
  numbers[WEEK_ERROR] = Number.isNaN(byWeek) ? day : follow(numbers[WEEK_ERROR] || day, byWeek);
  choose(state);
}

function follow(before: number, error: number): number {
  return before + ERROR_WEIGHT * (error - before);
}

/** Takes the profile with the least errors; when a week is known for the first time, what came before it was is no measure any more. */
function choose(state: SeriesState): void {
  const { numbers, seasons } = state;
  const errors = errorsOf(numbers, seasons);
  const least = Math.min(...errors);
  let error = errors[seasons[PROFILE] ?? DAILY] ?? 0;
  if (least < BETTER * error) {
    seasons[PROFILE] = errors.indexOf(least);
    error = least;
  }
  if (seasons[IS_KNOWN] === 1 || error >= CLEARLY_BETTER * errors[DAILY]) return;
  if (error >= GOOD * Math.min(numbers[FAST_ERROR] ?? 0, numbers[PACE_ERROR] ?? 0)) return;
  seasons[IS_KNOWN] = 1;
  forgetSeasonalResiduals(state);
}

function expectedBy(state: SeriesState, profile: number, at: number): number {
  const origin = state.numbers[ORIGIN] ?? 0;
  if (profile === WEEKLY) return valueAt(state.week, weekPhase(at)) + origin;
  return valueAt(profile === DAY_TYPE ? ofType(state, at) : state.day, dayPhase(at)) + origin;
}

function ofType({ workday, weekend }: SeriesState, at: number): Float32Array {
  return isWeekend(at) ? weekend : workday;
}

function dayOf(at: number): number {
  return Math.floor(weekPhase(at) * 7);
}

/** Saturday and Sunday, UTC. */
function isWeekend(at: number): boolean {
  const day = dayOf(at);
  return day === SUNDAY || day === SATURDAY;
}

/** Since the last day of the same type: until it was seen, a slot knows but the values just before, which say nothing of the season. */
function daysSinceSuch(at: number): number {
  const day = dayOf(at);
  if (day === SATURDAY) return 6;
  return day === MONDAY ? 3 : 1;
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

/**
 * The profile at a phase in [0, 1): within each slot a line through its middle with the lesser slope of those to its neighbours, none at
 * a peak (minmod, Roe 1986). So waves are read with interpolation, and what begins on the hour does so at once. NaN where nothing was seen.
 */
function valueAt(slots: Float32Array, phase: number): number {
  const count = slots.length;
  const position = phase * count;
  const slot = Math.floor(position);
  const here = slots[slot] ?? Number.NaN;
  const rise = here - (slots[(slot + count - 1) % count] ?? Number.NaN);
  const next = (slots[(slot + 1) % count] ?? Number.NaN) - here;
  // Also where a neighbour is unknown.
  if (!(rise * next > 0)) return here;
  return here + (position - slot - 0.5) * (Math.abs(rise) < Math.abs(next) ? rise : next);
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
