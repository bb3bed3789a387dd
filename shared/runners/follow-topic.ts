import type { RecordBatch } from '../core/record-batch.js';
import type { LogSource } from '../ports/log.js';
import { PartitionFeed } from './partition-feed.js';

const POLL_MS = 250;

/**
 * Reads a partition of a compacted topic from its beginning, and goes on with what comes.
 *
 * @param changed called with each record, in order; a null value removes the key
 * @param prepare does what has to be done before the records of a batch can be told, such as fetching schemas
 * @returns resolves when all that was there at the call has been told; following ends with `signal`
 */
export async function followTopic(
  reader: LogSource,
  topic: string,
  partition: number,
  signal: AbortSignal,
  changed: (key: string, value: Buffer | null) => void,
  prepare?: (batch: RecordBatch) => Promise<void>,
): Promise<void> {
  const { start, end } = await reader.range(topic, partition);
  const feed = new PartitionFeed(topic, partition, start, { onRoom: () => reader.wake(), freshMs: 0 });
  reader.add(feed, start);
  let caughtUp: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => {
    caughtUp = resolve;
  });
  const follow = async () => {
    let position = start;
    while (!signal.aborted) {
      if (position >= end) caughtUp?.();
      const batch = await feed.next(POLL_MS, signal);
      if (batch === null) continue;
      await prepare?.(batch);
      if (signal.aborted) break;
      position = batch.nextOffset;
      for (let i = 0; i < batch.length; i++) {
        const key = batch.key(i)?.toString('utf8');
        if (key !== undefined) changed(key, batch.value(i));
      }
    }
    reader.remove(feed);
    caughtUp?.();
  };
  void follow();
  await reached;
}
