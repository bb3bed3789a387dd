import { COUNT, HELD, type SeriesState, SINCE } from './parts/series-state.js';

/** Observations for which an incident stays open: a share of all seen, within bounds. */
const SHARE = 0.06;
const SHORTEST = 80;
const LONGEST = 600;
/** An incident is reported again when the evidence exceeds what was reported by this factor. */
const WORSE = 1.12;
/** How the bar comes down while an incident is open: hardly at first, steeply in the end. */
const SHAPE = 4;

/**
 * One incident, one anomaly: for a while after a report, only what is clearly stronger
 * passes (an absolute, then relative refractory period, as nerves have). Counts an observation.
 */
export function passes({ numbers }: SeriesState, evidence: number): boolean {
  const since = (numbers[SINCE] ?? 0) + 1;
  const period = Math.min(LONGEST, Math.max(SHORTEST, SHARE * (numbers[COUNT] ?? 0)));
  const bar = since < period ? (numbers[HELD] ?? 0) * WORSE * (1 - (since / period) ** SHAPE) : 0;
  const isPassing = evidence > bar;
  numbers[SINCE] = isPassing ? 0 : since;
  if (isPassing) numbers[HELD] = evidence;
  return isPassing;
}
