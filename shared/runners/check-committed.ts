import { TactusError } from '../core/errors.js';
import { partitionKey } from '../core/partition-key.js';
import type { LogSource, OffsetRange, TakenOver } from '../ports/log.js';
import type { CommittedPosition } from '../wire/progress-record.js';

/** The highest offset that this process knows to be committed for the partition, by itself or by another. */
export interface HighestCommit {
  offset: number;
  /** Of the topic that it is of. */
  topicId?: string | null;
}

export interface CommittedOffset {
  /** With the prefix. */
  readonly groupId: string;
  /** Physical. */
  readonly topic: string;
  readonly partition: number;
  readonly checkpoint: TakenOver | null;
  readonly highest: HighestCommit;
  /** What a member has said of it last; null for nothing. */
  readonly known: CommittedPosition | 'unknown' | null;
  readonly range: OffsetRange;
}

/**
 * Makes sure that nothing is processed once more because the group has forgotten how far it was: offsets expire when a
 * group was away for long, and can be deleted; a coordinator that loads answers with old ones. An offset that an
 * operator has set counts, wherever it is: it has no mark of ours. What was said of another topic of that name means
 * nothing, nor what was said of a tail that the log has lost.
 *
 * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` or `TACTUS_OFFSET_LOST`
 */
export async function checkCommitted(
  reader: Pick<LogSource, 'range'>,
  { checkpoint, highest, known, range, ...of }: CommittedOffset,
): Promise<void> {
  const key = partitionKey(of);
  requireHighest(highest, checkpoint, range, key);
  if (known === 'unknown') {
    // Whoever has an offset goes on: whether it is an old one is of less weight than that all stands still.
    if (checkpoint !== null || range.start === range.end) return;
    throw new TactusError(
      'TACTUS_KAFKA_UNAVAILABLE',
      `the group ${of.groupId} has no committed offset of ${key}, and state.progress, which says whether it had one, cannot be read`,
    );
  }
  if (known === null || !isBehind(checkpoint, known)) return;
  const now = await reader.range(of.topic, of.partition, known);
  if (isAnother(known.topicId, now.topicId)) return;
  // Where the log begins behind it nothing can come once more.
  if (known.next <= now.start || known.next > (now.sharedEnd ?? now.end)) return;
  const found = checkpoint === null ? 'no committed offset' : `the committed offset ${checkpoint.offset}`;
  const reset = `kafka-consumer-groups.sh --group ${of.groupId} --topic ${of.topic}:${of.partition} --reset-offsets --execute`;
  throw new TactusError(
    'TACTUS_OFFSET_LOST',
    `the group ${of.groupId} has ${found} of ${key}, but has processed it up to ${known.next}, as state.progress says: its offsets have expired, or were deleted. With all its instances stopped, either go on from there: ${reset} --to-offset ${known.next}; or process everything once more, which repeats outputs: ${reset} --to-earliest`,
  );
}

function isBehind(checkpoint: TakenOver | null, known: CommittedPosition): boolean {
  if (checkpoint === null) return true;
  return (
    checkpoint.ours && (isAnother(checkpoint.topicId, known.topicId) || checkpoint.offset < known.offset)
  );
}

function isAnother(topicId: string | null | undefined, other: string | null | undefined): boolean {
  return typeof topicId === 'string' && typeof other === 'string' && topicId !== other;
}

/**
 * A coordinator of Kafka 4.1.1 that becomes leader again while it still loads its partition answers with old offsets
 * until it has loaded the rest. With a topic its committed offsets are deleted, and a log that has lost its tail does
 * not reach as far.
 */
function requireHighest(
  { offset, topicId = null }: HighestCommit,
  committed: TakenOver | null,
  range: OffsetRange,
  key: string,
): void {
  const another = topicId !== null && topicId !== (range.topicId ?? null);
  if (another || offset > range.end || (committed?.offset ?? 0) >= offset) return;
  throw new TactusError(
    'TACTUS_KAFKA_UNAVAILABLE',
    `the group coordinator returned offset ${committed?.offset ?? 'none'} of ${key}, but ${offset} has been committed`,
  );
}
