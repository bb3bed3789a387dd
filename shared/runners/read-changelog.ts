import type { StateChange } from '../core/stage.js';
import type { LogSource } from '../ports/log.js';
import type { Logger } from '../process/logger.js';
import { PartitionFeed } from './partition-feed.js';
import { Progress } from './progress.js';

const POLL_MS = 100;

export interface ReadChangelogOptions {
  readonly reader: LogSource;
  /** Physical topic. */
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Told how many records are still to be read. */
  readonly remaining: (records: number) => void;
}

/**
 * Hands over the entries of a compacted partition in the order in which they were written, up to
 * where the log ended when this was called. The caller has fenced other writers before, so
 * nothing of its own can come behind. The end counts what other writers of the partition have not
 * committed yet: entries may stand behind an open transaction, and are waited for.
 *
 * @param take must copy what it keeps of a value: it is a view on a large buffer
 */
export async function readChangelog(
  options: ReadChangelogOptions,
  take: (change: StateChange) => void,
): Promise<void> {
  const { reader, topic, partition, signal } = options;
  const { start, end } = await reader.range(topic, partition);
  if (start >= end) return;
  const progress = new Progress(start, end, { ...options, what: 'state from its changelog' });
  const feed = new PartitionFeed(topic, partition, start, { onRoom: () => reader.wake(), freshMs: 0 });
  reader.add(feed, start);
  try {
    while (progress.running && !signal.aborted) {
      const batch = await feed.next(POLL_MS, signal);
      if (batch === null) continue;
      for (let i = 0; i < batch.length; i++) {
        const key = batch.key(i)?.toString('utf8');
        if (key !== undefined) take({ key, value: batch.value(i) });
      }
      progress.reached(batch.nextOffset);
    }
  } finally {
    reader.remove(feed);
  }
}

/** The latest value of each key. */
export async function latestOf(options: ReadChangelogOptions): Promise<ReadonlyMap<string, Buffer>> {
  const latest = new Map<string, Buffer>();
  await readChangelog(options, ({ key, value }) => {
    if (value === null) latest.delete(key);
    else latest.set(key, Buffer.from(value));
  });
  return latest;
}
