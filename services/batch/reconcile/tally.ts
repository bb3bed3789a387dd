import { CAUSES, type Cause, type Finding } from './cause.js';
import { addDelays } from './delays.js';

/** What was found of some windows of one tenant and definition; adds up. */
export interface Tally {
  /** Windows that the stream has written. */
  windows: number;
  /** Those of them whose figures are those of the stored points, less the late ones. */
  equal: number;
  /** Stored points, each as often as it has a window. */
  stored: number;
  /** Those that a window counts. */
  counted: number;
  /** Those that `late` reports as missed by the window. */
  late: number;
  /** Windows that differ, by cause. */
  readonly causes: Record<Cause, number>;
  readonly delays: Record<string, number>;
}

export function emptyTally(): Tally {
  const causes = Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>;
  return { windows: 0, equal: 0, stored: 0, counted: 0, late: 0, causes, delays: {} };
}

export function addTally(into: Tally, from: Tally): void {
  into.windows += from.windows;
  into.equal += from.equal;
  into.stored += from.stored;
  into.counted += from.counted;
  into.late += from.late;
  for (const cause of CAUSES) into.causes[cause] += from.causes[cause];
  addDelays(into.delays, from.delays);
}

/** Takes windows in that were found equal, all at once. */
export function addEqual(into: Tally, windows: number, points: number): void {
  into.windows += windows;
  into.equal += windows;
  into.stored += points;
  into.counted += points;
}

/** Takes one window in that was looked at closely. */
export function addFinding(into: Tally, finding: Finding, written: boolean): void {
  if (written) into.windows += 1;
  if (written && (finding.cause === null || finding.cause === 'late')) into.equal += 1;
  into.stored += finding.stored;
  into.counted += finding.counted;
  into.late += finding.late;
  if (finding.cause !== null) into.causes[finding.cause] += 1;
}

/**
 * Share of the stored points that a window counts, or `late` names as missed; 1 when there are none. A point that
 * one window counts twice makes up for none that another lacks.
 */
export function completeness({ stored, counted, late }: Tally): number {
  return stored === 0 ? 1 : (counted + late) / stored;
}

/** Share of the stream's windows whose figures are right; 1 when there are none. */
export function accuracy({ windows, equal }: Tally): number {
  return windows === 0 ? 1 : equal / windows;
}

/** The tally of a tenant, made when it is asked for first. */
export function tallyOf(tallies: Map<string, Tally>, tenantId: string): Tally {
  let tally = tallies.get(tenantId);
  if (tally === undefined) {
    tally = emptyTally();
    tallies.set(tenantId, tally);
  }
  return tally;
}
