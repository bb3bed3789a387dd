const LEAST_MS = 10_000;
const MOST_MS = 300_000;
/** Of steps that a chart has, about. */
const STEPS = 360;

/** An answer of more points takes a while to write, to send, to read and to put together. */
const MANY_POINTS = 20_000;
const MANY_TIMES = 3;

/** How many times as long an answer of so many points may stay while what is new comes live. */
export const timesAsLongOf = (points: number): number => (points > MANY_POINTS ? MANY_TIMES : 1);

/** How often what ends now is asked for again: as often as a step goes by. In between, charts go on with what comes live. */
export const refreshMs = (rangeMs: number): number =>
  Math.max(LEAST_MS, Math.min(MOST_MS, Math.round(rangeMs / STEPS)));
