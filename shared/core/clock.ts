/** Milliseconds since the Unix epoch, UTC. */
export type Millis = number;

/** Where code gets the time from. Core code never reads a clock: it is handed `now`. */
export interface Clock {
  now(): Millis;
}

/** The machine's wall clock; the only place that reads it. */
export const systemClock: Clock = { now: () => Date.now() };
