/** The time of this browser, in ms since the epoch: the only place that reads it. */
export const wallTime = (): number => Date.now();
