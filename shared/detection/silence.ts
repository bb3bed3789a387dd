/**
 * How regularly a series shows up, counted in ticks of those around it: when all stand still, no
 * tick passes, so a pause of the whole stream makes nobody silent.
 */
export interface Pace {
  /** Tick of the latest observation. */
  tick: number;
  /** Longest distance between two observations of late, in ticks. */
  gap: number;
  /** Observations, as far as they are counted. */
  seen: number;
}

/** Observations by which a pace is known. */
const KNOWN_AFTER = 60;
/** Silent after so many times the longest gap, and so many ticks more. */
const GAPS = 3;
const MORE = 6;
/** How fast a long gap is forgotten: by half in some 700 observations. */
const FADE = 0.999;

export function newPace(tick: number): Pace {
  return { tick, gap: 1, seen: 0 };
}

/** Takes an observation in place. */
export function keepPace(pace: Pace, tick: number): void {
  pace.gap = Math.max(1, tick - pace.tick, FADE * pace.gap);
  pace.tick = tick;
  pace.seen = Math.min(KNOWN_AFTER, pace.seen + 1);
}

/** Missing data: a series whose pace is known has kept silent for too long for it. */
export function isSilent(pace: Pace, tick: number): boolean {
  return pace.seen >= KNOWN_AFTER && tick - pace.tick > allowedGap(pace);
}

/** Ticks that may pass without an observation. */
export function allowedGap({ gap }: Pace): number {
  return Math.floor(GAPS * gap) + MORE;
}
