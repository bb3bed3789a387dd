import type { Millis } from '../core/clock.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { LogSource } from '../ports/log.js';
import { FetchBuffer } from './fetch-buffer.js';

const POLL_MS = 250;

/**
 * Reads a partition of a compacted topic from its beginning and keeps following it.
 *
 * @param changed called with each record and its time in the log, in order; a null value removes the key
 * @param prepare is awaited before the records of a batch are passed on, for instance to fetch schemas
 * @returns resolves when everything that was there at the call has been passed on; following ends with `signal`
 */
export async function followCompactedTopic(
  reader: LogSource,
  topic: string,
  partition: number,
  signal: AbortSignal,
  changed: (key: string, value: Buffer | null, at: Millis) => void,
  prepare?: (batch: RecordBatch) => Promise<void>,
): Promise<void> {
  const { start, end } = await reader.range(topic, partition);
  const buffer = new FetchBuffer(topic, partition, start, { onRoom: () => reader.wake(), maxAnswerAgeMs: 0 });
  reader.add(buffer, start);
  let caughtUp: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => {
    caughtUp = resolve;
  });
  const follow = async () => {
    let position = start;
    while (!signal.aborted) {
      if (position >= end) caughtUp?.();
      const batch = await buffer.next(POLL_MS, signal);
      if (batch === null) continue;
      await prepare?.(batch);
      if (signal.aborted) break;
      position = batch.nextOffset;
      for (let i = 0; i < batch.length; i++) {
        const key = batch.key(i)?.toString('utf8');
        if (key !== undefined) changed(key, batch.value(i), batch.timestamp(i));
      }
    }
    reader.remove(buffer);
    caughtUp?.();
  };
  void follow();
  await reached;
}
