import { emptyTally, type Tally } from '../../../shared/windows/tally.js';
import { type Finding, isExplained } from './finding.js';

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

/** The tally of a tenant, created on first use. */
export function tallyOf(tallies: Map<string, Tally>, tenantId: string): Tally {
  let tally = tallies.get(tenantId);
  if (tally === undefined) {
    tally = emptyTally();
    tallies.set(tenantId, tally);
  }
  return tally;
}
