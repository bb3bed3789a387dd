import type { StateChange } from '../core/stage.js';
import type { LogSource } from '../ports/log.js';
import type { Logger } from '../process/logger.js';
import { readPartition } from './read-partition.js';
import { RestoreProgress } from './restore-progress.js';

export interface ReadChangelogOptions {
  readonly reader: LogSource;
  /** Physical topic. */
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Receives the number of records still to be read. */
  readonly onRemaining: (records: number) => void;
}

/**
 * Passes on the entries of a compacted partition in the order in which they were written, up to the end
 * of the log at the time of the call. The caller has taken the partition over before, so nothing of earlier
 * owners can follow. The end includes records that other writers of the partition have not committed yet:
 * entries may stand behind an open transaction, and are waited for.
 *
 * @param take must copy what it keeps of a value: it is a view on a large buffer
 */
export async function readChangelog(
  options: ReadChangelogOptions,
  take: (change: StateChange) => void,
): Promise<void> {
  const { reader, topic, partition, signal } = options;
  const range = await reader.range(topic, partition);
  if (range.start >= range.end) return;
  const progress = new RestoreProgress(range.start, range.end, {
    ...options,
    what: 'state from its changelog',
  });
  for await (const batch of readPartition(reader, topic, partition, range, signal)) {
    for (let i = 0; i < batch.length; i++) {
      const key = batch.key(i)?.toString('utf8');
      if (key !== undefined) take({ key, value: batch.value(i) });
    }
    progress.advanceTo(batch.nextOffset);
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
