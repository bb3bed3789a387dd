import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { fingerprintOf, type Position } from '../../../shared/windows/position.js';

/** A partition of `metrics` at one moment. */
export interface PartitionSnapshot {
  readonly partition: number;
  /** Start and end of its log. */
  readonly low: number;
  readonly high: number;
  /** Windowing's last commit; null without one. `offset` is the oldest record that is still needed. */
  readonly committed: { readonly offset: number; readonly position: Position } | null;
}

/** The windows of a definition that are written and final: those that start at `since` or later and end by `until`. */
export interface FinalRange {
  readonly since: Millis;
  readonly until: Millis;
}

/**
 * The final windows of a definition, from what windowing has committed in the same transactions as the windows.
 *
 * A partition's position contains its stream time: every window that ends before it, less the grace, is written. A
 * partition that needs no record of its log any more has no open window and is left out, since its stream time
 * does not advance; points that come to it later are in its position before they can seem to be missing (see `recheck.ts`).
 */
export function finalRangeOf(
  definition: WindowDefinition,
  partitions: readonly PartitionSnapshot[],
): FinalRange {
  const fingerprint = fingerprintOf(definition);
  let since = Number.NEGATIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  for (const { low, high, committed } of partitions) {
    if (low >= high) continue;
    if (committed === null) return { since: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };
    const { offset, position } = committed;
    const idle = offset >= high;
    const { time } = position.time;
    const inForce = position.since === null ? 0 : position.since[fingerprint];
    // Without an entry the definition is not in force here yet; an idle partition adopts it at its stream time.
    if (!idle)
      until = Math.min(
        until,
        inForce === undefined || time === null ? Number.NEGATIVE_INFINITY : time - definition.graceMs,
      );
    since = Math.max(since, inForce ?? time ?? 0);
  }
  return { since, until };
}

/** True when windowing has processed every record of the logs. */
export function allProcessed(partitions: readonly PartitionSnapshot[]): boolean {
  return partitions.every(
    ({ low, high, committed }) => low >= high || (committed !== null && committed.position.next >= high),
  );
}
