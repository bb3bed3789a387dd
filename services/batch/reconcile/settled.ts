import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { fingerprintOf, type Position } from '../../../shared/windows/position.js';

/** What a partition of `metrics` says at one moment. */
export interface PartitionCut {
  readonly partition: number;
  /** Where its log began and ended. */
  readonly low: number;
  readonly high: number;
  /** What windowing has committed before; null when nothing. `offset` is the oldest record still needed. */
  readonly committed: { readonly offset: number; readonly position: Position } | null;
}

/** Windows of a definition that are out and final: those that start at `since` or later and end by `until`. */
export interface Settled {
  readonly since: Millis;
  readonly until: Millis;
}

/**
 * Up to where all windows of a definition have been written, by what windowing has committed in the same
 * transactions as the windows themselves.
 *
 * A partition's position holds its stream time: every window that ends at or before that less the grace is out. One
 * that needs no record of its log any more has no open window, so it holds up nothing, though its time stands
 * still; points that come to it later show in its position before they show as missing (see `judge.ts`).
 */
export function settledOf(definition: WindowDefinition, partitions: readonly PartitionCut[]): Settled {
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
    // Without an entry the definition is not in force here yet; a silent partition takes it up from its time on.
    if (!idle)
      until = Math.min(
        until,
        inForce === undefined || time === null ? Number.NEGATIVE_INFINITY : time - definition.graceMs,
      );
    since = Math.max(since, inForce ?? time ?? 0);
  }
  return { since, until };
}

/** True when windowing has processed every record that the logs held at the cut. */
export function allProcessed(partitions: readonly PartitionCut[]): boolean {
  return partitions.every(
    ({ low, high, committed }) => low >= high || (committed !== null && committed.position.next >= high),
  );
}
