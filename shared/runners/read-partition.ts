import type { RecordBatch } from '../core/record-batch.js';
import type { LogSource, OffsetRange } from '../ports/log.js';
import { FetchBuffer } from './fetch-buffer.js';

const POLL_MS = 100;

/**
 * The committed records of an offset range of one partition, batch by batch.
 *
 * @param range usually what `reader.range` says now: everything up to the current end of the log
 */
export async function* readPartition(
  reader: LogSource,
  topic: string,
  partition: number,
  { start, end }: OffsetRange,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  if (start >= end) return;
  const buffer = new FetchBuffer(topic, partition, start, { onRoom: () => reader.wake(), maxAnswerAgeMs: 0 });
  let position = start;
  reader.add(buffer, start);
  try {
    while (position < end && !signal.aborted) {
      const batch = await buffer.next(POLL_MS, signal);
      if (batch === null) continue;
      position = batch.nextOffset;
      yield batch;
    }
  } finally {
    reader.remove(buffer);
  }
}
