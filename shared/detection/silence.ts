/**
 * How regularly a series shows up, counted in ticks of those around it: when all stand still, no
 * tick passes, so a pause of the whole stream makes no series silent.
 */
export interface Cadence {
  /** Tick of the latest observation. */
  tick: number;
  /** Longest distance between two observations of late, in ticks. */
  gap: number;
  /** Observations, as far as they are counted. */
  seen: number;
}

/** Observations by which a cadence is known. */
const KNOWN_AFTER = 60;
/** Silent after so many times the longest gap, and so many ticks more. */
const GAPS = 3;
const MORE = 6;
/** How fast a long gap is forgotten: by half in some 700 observations. */
const FADE = 0.999;

export function newCadence(tick: number): Cadence {
  return { tick, gap: 1, seen: 0 };
}

/** Takes an observation in place. */
export function keepCadence(cadence: Cadence, tick: number): void {
  cadence.gap = Math.max(1, tick - cadence.tick, FADE * cadence.gap);
  cadence.tick = tick;
  cadence.seen = Math.min(KNOWN_AFTER, cadence.seen + 1);
}

/** Missing data: a series whose cadence is known has kept silent for too long for it. */
export function isSilent(cadence: Cadence, tick: number): boolean {
  return cadence.seen >= KNOWN_AFTER && tick - cadence.tick > allowedGap(cadence);
}

/** Ticks that may pass without an observation. */
export function allowedGap({ gap }: Cadence): number {
  return Math.floor(GAPS * gap) + MORE;
}
