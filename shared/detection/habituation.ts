import { HABITS, LOUD, PEAK, QUIET, type SeriesState } from './parts/series-state.js';

/** Evidence that opens an incident. */
export const OPENS = 3;
/** Quiet observations after which an incident is over. */
export const CLOSES_AFTER = 60;
const CLASSES_PER_DECADE = 4;
/** How fast an incident of the past is forgotten: by half in some 1,400 observations. */
const FADE = 5e-4;
/** So many loud observations of an incident that is reported are not learnt at all; all are from so many on, as the new usual. */
const NOT_LEARNT = 8;
const ALL_LEARNT = 150;
/** Unless there were so many incidents of late that are at most a decade smaller: what comes that often is usual. */
const OFTEN = 2;
/** Share of an anomaly's evidence from which an incident counts as reported. */
const REPORTED = 0.85;
/** In the beginning everything is learnt. */
const YOUNG = 700;

function classOf(evidence: number): number {
  return Math.min(HABITS - 1, Math.max(0, Math.floor((evidence - OPENS) * CLASSES_PER_DECADE)));
}

/** Incidents of the past with at least so much evidence; the older, the less each counts. */
function pastOf({ habits }: SeriesState, evidence: number): number {
  let past = 0;
  for (let i = classOf(evidence); i < HABITS; i++) past += habits[i] ?? 0;
  return past;
}

/** Habituation: what has come before takes from the evidence by the number of times. */
export function habituated(state: SeriesState, evidence: number): number {
  return evidence < OPENS ? evidence : evidence - Math.log10(1 + pastOf(state, evidence));
}

/** Opens, follows and closes the incident that an observation belongs to; counts the observation. */
export function followIncident({ habits, extras }: SeriesState, evidence: number): void {
  for (let i = 0; i < HABITS; i++) habits[i] = (habits[i] ?? 0) * (1 - FADE);
  const peak = extras[PEAK] ?? 0;
  if (evidence >= OPENS) {
    extras[PEAK] = Math.max(peak, evidence);
    extras[LOUD] = (extras[LOUD] ?? 0) + 1;
    extras[QUIET] = 0;
    return;
  }
  if (peak === 0) return;
  extras[QUIET] = (extras[QUIET] ?? 0) + 1;
  if ((extras[QUIET] ?? 0) < CLOSES_AFTER) return;
  const kind = classOf(peak);
  habits[kind] = (habits[kind] ?? 0) + 1;
  extras[PEAK] = 0;
  extras[LOUD] = 0;
}

/**
 * Whether loud residuals are learnt: those of an incident widen what is usual slowly, by its first, third, seventh, fifteenth ...
 * observation, lest the next one be missed; those that begin one that is reported not at all.
 *
 * @param alarm evidence that makes an anomaly
 */
export function learnsLoud(state: SeriesState, count: number, alarm: number): boolean {
  const loud = state.extras[LOUD] ?? 0;
  const peak = state.extras[PEAK] ?? 0;
  if (count > YOUNG && loud <= NOT_LEARNT && peak >= REPORTED * alarm && pastOf(state, peak - 1) < OFTEN)
    return false;
  return loud > ALL_LEARNT || (loud & (loud + 1)) === 0;
}
