const LEAST_MS = 10_000;
const MOST_MS = 300_000;
/** Of steps that a chart has, about. */
const STEPS = 360;

/** How often what ends now is asked for again: as often as a step goes by. In between, charts go on with what comes live. */
export const refreshMs = (rangeMs: number): number =>
  Math.max(LEAST_MS, Math.min(MOST_MS, Math.round(rangeMs / STEPS)));
