import { CLOSES_AFTER, OPENS } from './habituation.js';
import { HELD, type SeriesState, SINCE } from './parts/series-state.js';

/** An incident is reported again when the evidence exceeds what was reported by this factor. */
const WORSE = 1.16;
/** How the bar comes down while it is quiet: hardly at first, steeply in the end. */
const SHAPE = 3;

/**
 * One incident, one anomaly: until it has been quiet for a while after a report, only what is clearly stronger
 * passes (an absolute, then relative refractory period, as nerves have). Counts an observation.
 */
export function passes({ numbers }: SeriesState, evidence: number): boolean {
  const since = (numbers[SINCE] ?? 0) + 1;
  const bar = since < CLOSES_AFTER ? (numbers[HELD] ?? 0) * WORSE * (1 - (since / CLOSES_AFTER) ** SHAPE) : 0;
  const isPassing = evidence > bar;
  numbers[SINCE] = isPassing || evidence >= OPENS ? 0 : since;
  if (isPassing) numbers[HELD] = evidence;
  return isPassing;
}
