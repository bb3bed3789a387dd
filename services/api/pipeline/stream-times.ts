import { splitMark } from '../../../shared/adapters/kafka/produce/commit-mark.js';
import type { CommittedOffset } from '../../../shared/adapters/kafka/protocol/offset-fetch.js';
import { TactusError } from '../../../shared/core/errors.js';
import { type Position, readPosition } from '../../../shared/windows/position.js';
import { SourceTimes } from '../../../shared/windows/source-times.js';
import type { TimeSample } from './sample.js';

/** Nobody is passed over by looking. */
const LOOKING = { idleTimeoutMs: Number.POSITIVE_INFINITY, holdMs: Number.POSITIVE_INFINITY };

/**
 * The stream time of a partition of `metrics`, and who it waits for, by what windowing has committed.
 *
 * @param end of the partition
 */
export function timeOfCommit(
  { partition, offset, metadata }: Pick<CommittedOffset, 'partition' | 'offset' | 'metadata'>,
  end: number,
): TimeSample {
  const checkpoint = { offset, metadata: splitMark(metadata).own };
  const unknown = { partition, streamTime: null, holder: null, idle: offset >= end };
  try {
    const position: Position = readPosition({ topic: 'metrics', partition, checkpoint });
    const times = new SourceTimes(LOOKING, position.time);
    const { holder } = times;
    return {
      ...unknown,
      streamTime: Number.isFinite(times.time) ? times.time : null,
      holder:
        holder === null ? null : { stage: holder.stage, topic: holder.topic, partition: holder.partition },
    };
  } catch (error) {
    // Another build has written it.
    if (error instanceof TactusError && error.code === 'TACTUS_CHECKPOINT_UNKNOWN') return unknown;
    throw error;
  }
}
