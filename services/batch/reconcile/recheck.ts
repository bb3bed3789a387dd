import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import type { CounterComparison } from './counter-figures.js';
import type { Difference } from './slot-comparison.js';
import { lastEnd, type Slot } from './slots.js';
import type { StreamProgress } from './stream-progress.js';

/** Points that keep arriving in a closed window make a difference uncertain: it is left to a later round. */
const MAX_RECHECKS = 3;

/** What a comparison of windows needs. */
export interface ComparisonContext {
  readonly pool: Pool;
  readonly progress: StreamProgress;
  /** Relative; see `figures.ts`. */
  readonly tolerance: number;
  readonly counters: CounterComparison;
  /** Names of the definitions that had members when they were last compared. */
  readonly withMembers: Set<string>;
  /** Null for all tenants. */
  readonly tenantId: string | null;
  /** How long to wait for records that are on their way before a difference counts. */
  readonly catchUpMs: Millis;
  readonly signal: AbortSignal;
  /** Receives differences page by page, also those of a slot that in the end cannot be compared. */
  readonly onDifferences: (differences: readonly Difference[]) => Promise<void>;
}

export interface Comparison<T> {
  /** True when late points explain all differences. */
  readonly explained: (result: T) => boolean;
  readonly repeat: (result: T) => Promise<T>;
  /** True when no point was stored between the two. */
  readonly samePoints: (before: T, after: T) => boolean;
}

/**
 * Repeats a comparison until its differences can be trusted. A difference may be one in time only: a point
 * was stored after the stream's progress was read, and its window is still on its way. So everything that
 * is in the log is waited for and the windows are compared again; a difference counts if the stored points
 * have not changed since.
 *
 * @returns null when the windows cannot be compared now
 */
export async function recheck<T>(
  { progress, catchUpMs }: ComparisonContext,
  definition: WindowDefinition,
  slot: Slot,
  first: T,
  { explained, repeat, samePoints }: Comparison<T>,
): Promise<T | null> {
  let result = first;
  for (let rechecks = 0; !explained(result); rechecks++) {
    if (rechecks === MAX_RECHECKS || !(await progress.catchUp(catchUpMs))) return null;
    if (progress.finalRange(definition).until < lastEnd(definition, slot)) return null;
    const before = result;
    result = await repeat(before);
    if (samePoints(before, result)) break;
  }
  return result;
}
