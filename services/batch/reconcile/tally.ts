import { addDelays } from './delays.js';
import { CAUSES, type Cause, type Finding, isExplained } from './finding.js';

/** Counts over some windows of one tenant and definition; tallies can be added. */
export interface Tally {
  /** Windows that the stream has written. */
  windows: number;
  /** Those whose figures equal those of the stored points, late ones left out. */
  equal: number;
  /** Stored points, once for each window that they belong to. */
  stored: number;
  /** Those that their window counts. */
  counted: number;
  /** Those that `late` reports as missed by their window. */
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

/** Adds a number of equal windows. */
export function addEqual(into: Tally, windows: number, points: number): void {
  into.windows += windows;
  into.equal += windows;
  into.stored += points;
  into.counted += points;
}

/** Adds one window. */
export function addFinding(into: Tally, finding: Finding, written: boolean): void {
  if (written) into.windows += 1;
  if (written && isExplained(finding)) into.equal += 1;
  into.stored += finding.stored;
  into.counted += finding.counted;
  into.late += finding.late;
  if (finding.cause !== null) into.causes[finding.cause] += 1;
}

/**
 * Share of the stored points that their window counts or `late` reports; 1 without points. A point that one
 * window counts twice does not compensate for one that another lacks.
 */
export function completeness({ stored, counted, late }: Tally): number {
  return stored === 0 ? 1 : (counted + late) / stored;
}

/** Share of the stream's windows with right figures; 1 without windows. */
export function accuracy({ windows, equal }: Tally): number {
  return windows === 0 ? 1 : equal / windows;
}

/** The tally of a tenant, created on first use. */
export function tallyOf(tallies: Map<string, Tally>, tenantId: string): Tally {
  let tally = tallies.get(tenantId);
  if (tally === undefined) {
    tally = emptyTally();
    tallies.set(tenantId, tally);
  }
  return tally;
}
