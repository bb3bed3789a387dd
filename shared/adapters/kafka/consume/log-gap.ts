import type { OffsetRange } from '../../../ports/log.js';

/**
 * Why a log does not go on where it was read: its retention has passed that position; it has lost its tail, as when
 * a replica was elected that lacks it; its topic was deleted and made anew.
 */
export type GapCause = 'retention' | 'truncation' | 'recreation';

/** Where reading goes on, and what is missing. */
export interface LogGap {
  readonly cause: GapCause;
  readonly goOnAt: number;
  /** Records that cannot be read any more, or were read and are gone, as far as is known; markers counted. */
  readonly records: number;
}

/**
 * What has become of a position, given what the log's leader says now; null where it is in the log.
 *
 * @param topicId of the log that the position is of; null where it is not known
 */
export function gapAt(
  { position, topicId }: { readonly position: number; readonly topicId: string | null },
  { start, end, topicId: currentId = null }: OffsetRange,
): LogGap | null {
  if (topicId !== null && currentId !== null && topicId !== currentId)
    return { cause: 'recreation', goOnAt: start, records: start };
  if (position < start) return { cause: 'retention', goOnAt: start, records: start - position };
  if (position > end) return { cause: 'truncation', goOnAt: end, records: position - end };
  return null;
}

/** For a log line. */
export function describeGap({ cause, goOnAt, records }: LogGap, key: string, position: number): string {
  switch (cause) {
    case 'retention':
      return `${key}: ${records} records before offset ${goOnAt} were deleted before they were read, from offset ${position} on: retention is shorter than the lag; going on at offset ${goOnAt}`;
    case 'truncation':
      return `${key}: the log ends at offset ${goOnAt} and was read up to offset ${position}: it has lost ${records} records, as after an unclean leader election; going on at its end`;
    case 'recreation':
      return `${key}: the topic was deleted and created anew: reading the new one from its beginning at offset ${goOnAt}`;
  }
}
