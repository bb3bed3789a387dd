import { gapAt, type LogGap } from '../adapters/kafka/consume/log-gap.js';
import { nextOf, within } from '../core/checkpoint-metadata.js';
import type { Checkpoint } from '../core/stage.js';
import type { OffsetRange } from '../ports/log.js';

/** Where a partition goes on, and with what. */
export interface PlacedCheckpoint {
  /** Null for a fresh start. */
  readonly checkpoint: Checkpoint | null;
  readonly from: number;
  /** What is missing of the log. */
  readonly gap: LogGap | null;
}

/**
 * What a committed checkpoint means for the log as it is now.
 *
 * In another log, of a topic that was deleted and created anew, nothing of it holds: a fresh start. Where the same
 * log has lost records at either end, all that the checkpoint knows stays, and reading goes on at that end: records
 * to come are new ones, although offsets of theirs had been processed before.
 */
export function placed(committed: Checkpoint | null, range: OffsetRange): PlacedCheckpoint {
  if (committed === null) return { checkpoint: null, from: range.start, gap: null };
  const topicId = committed.topicId ?? null;
  // What stands behind that is something else than was processed, even at the same offsets.
  const shared = { ...range, end: range.sharedEnd ?? range.end };
  const next = gapAt({ position: positionOf(committed), topicId }, shared);
  if (next?.cause === 'recreation') return { checkpoint: null, from: range.start, gap: next };
  const gap = next?.cause === 'truncation' ? next : gapAt({ position: committed.offset, topicId }, shared);
  if (gap === null) return { checkpoint: committed, from: committed.offset, gap };
  const { epoch, ...checkpoint } = within(committed, shared);
  // Of a log that has lost its tail, later epochs than its own say nothing.
  const read = gap.cause === 'truncation' || epoch === undefined ? checkpoint : { ...checkpoint, epoch };
  return { checkpoint: read, from: read.offset, gap };
}

/** Up to where records were processed. */
export function positionOf(checkpoint: Checkpoint | null): number {
  return checkpoint === null ? 0 : nextOf(checkpoint);
}
