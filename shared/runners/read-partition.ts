import { TactusError } from '../core/errors.js';
import { partitionKey } from '../core/partition-key.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { LogSource, OffsetRange } from '../ports/log.js';
import { FetchBuffer } from './fetch-buffer.js';

const POLL_MS = 100;

/**
 * The committed records of an offset range of one partition, batch by batch.
 *
 * @param range usually what `reader.range` says now: everything up to the current end of the log
 * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` when the log has lost what was to be read: from the start it may go
 */
export async function* readPartition(
  reader: LogSource,
  topic: string,
  partition: number,
  { start, end, topicId = null }: OffsetRange,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  if (start >= end) return;
  let lost = false;
  const buffer = new FetchBuffer(topic, partition, start, {
    onRoom: () => reader.wake(),
    maxAnswerAgeMs: 0,
    brokenOff: () => {
      lost = true;
    },
  });
  let position = start;
  reader.add(buffer, start, topicId);
  try {
    while (position < end && !signal.aborted) {
      const batch = await buffer.next(POLL_MS, signal);
      if (batch === null && lost)
        throw new TactusError(
          'TACTUS_KAFKA_UNAVAILABLE',
          `${partitionKey({ topic, partition })} ends before offset ${end}, up to which it was to be read`,
        );
      if (batch === null) continue;
      position = batch.nextOffset;
      yield batch;
    }
  } finally {
    reader.remove(buffer);
  }
}
