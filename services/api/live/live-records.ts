import { setImmediate } from 'node:timers/promises';
import { mergeMap, Observable } from 'rxjs';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { LogSource } from '../../../shared/ports/log.js';
import { FetchBuffer } from '../../../shared/runners/fetch-buffer.js';
import { followPartitions } from './follow-partitions.js';
import type { Freshness } from './freshness.js';

const POLL_MS = 1_000;

export interface LiveRecordsOptions {
  readonly reader: LogSource;
  /** Physical topic. */
  readonly topic: string;
  readonly decoder: Pick<ValueDecoder<unknown>, 'prepare'>;
  readonly signal: AbortSignal;
  readonly freshness: Freshness;
}

interface PartitionStart {
  readonly partition: number;
  readonly offset: number;
  readonly signal: AbortSignal;
}

/**
 * The committed records of all partitions of a topic from now on, a batch at a time, without a consumer group: every
 * process gets all. Partitions that the topic gets later are read from their beginning. A batch is good until the next one is asked for, which is when its observer has returned: so
 * no more is fetched than is taken. Completes when `signal` aborts.
 *
 * @param ends where each partition ends now
 */
export function liveRecords(
  options: LiveRecordsOptions,
  ends: ReadonlyMap<number, number>,
): Observable<RecordBatch> {
  return partitionsOf(options, ends).pipe(mergeMap((start) => recordsFrom(options, start)));
}

function partitionsOf(
  { reader, topic, signal }: LiveRecordsOptions,
  known: ReadonlyMap<number, number>,
): Observable<PartitionStart> {
  return new Observable((subscriber) => {
    const begin = (partition: number, offset: number, until: AbortSignal) =>
      subscriber.next({ partition, offset, signal: until });
    followPartitions({ reader, topic, known, begin, signal }).then(
      () => subscriber.complete(),
      (error) => subscriber.error(error),
    );
  });
}

/** What the log has lost is passed over, which the reader logs and counts. */
async function* recordsFrom(
  { reader, topic, decoder, freshness }: LiveRecordsOptions,
  { partition, offset, signal }: PartitionStart,
): AsyncGenerator<RecordBatch> {
  const buffer = new FetchBuffer(topic, partition, offset, {
    onRoom: () => reader.wake(),
    maxAnswerAgeMs: 0,
  });
  reader.add(buffer, offset);
  freshness.add(buffer);
  try {
    while (!signal.aborted) {
      const batch = await buffer.next(POLL_MS, signal);
      if (batch === null) continue;
      await decoder.prepare(batch, signal);
      if (signal.aborted) return;
      if (batch.length > 0) yield batch;
      batch.release?.();
      batch.recycle?.();
      // Clients have their turn between batches, also while there is much to be read.
      await setImmediate();
    }
  } finally {
    freshness.remove(buffer);
    reader.remove(buffer);
  }
}
