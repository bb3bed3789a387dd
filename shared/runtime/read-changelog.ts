import type { LogSource } from '../ports/log.js';
import { PartitionFeed } from './partition-feed.js';

const POLL_MS = 100;

/**
 * The latest value of each key of a compacted partition, up to where the log ends now. The caller
 * has fenced other writers before, so nothing of its own can come behind.
 */
export async function readChangelog(
  reader: LogSource,
  topic: string,
  partition: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  const latest = new Map<string, Buffer>();
  const { start, end } = await reader.range(topic, partition);
  if (start >= end) return latest;
  const feed = new PartitionFeed(topic, partition, start, { onRoom: () => reader.wake(), freshMs: 0 });
  let position = start;
  reader.add(feed, start);
  try {
    while (position < end && !signal.aborted) {
      const batch = await feed.next(POLL_MS, signal);
      if (batch === null) continue;
      position = batch.nextOffset;
      for (let i = 0; i < batch.length; i++) {
        const key = batch.key(i)?.toString('utf8');
        const value = batch.value(i);
        if (key === undefined) continue;
        // A copy: the view would keep the whole fetched buffer alive.
        if (value === null) latest.delete(key);
        else latest.set(key, Buffer.from(value));
      }
    }
  } finally {
    reader.remove(feed);
  }
  return latest;
}
