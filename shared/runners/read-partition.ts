import type { RecordBatch } from '../core/record-batch.js';
import type { LogSource } from '../ports/log.js';
import { PartitionFeed } from './partition-feed.js';

const POLL_MS = 100;

/** The committed records of a partition, batch by batch, up to where its log ends when this begins. */
export async function* readPartition(
  reader: LogSource,
  topic: string,
  partition: number,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const { start, end } = await reader.range(topic, partition);
  if (start >= end) return;
  const feed = new PartitionFeed(topic, partition, start, { onRoom: () => reader.wake(), freshMs: 0 });
  let position = start;
  reader.add(feed, start);
  try {
    while (position < end && !signal.aborted) {
      const batch = await feed.next(POLL_MS, signal);
      if (batch === null) continue;
      position = batch.nextOffset;
      yield batch;
    }
  } finally {
    reader.remove(feed);
  }
}
