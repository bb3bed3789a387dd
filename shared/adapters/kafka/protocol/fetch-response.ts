import { FlexibleReader } from './flexible.js';

/** An aborted transaction: the producer's records from this offset on are skipped. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** The response for one partition; `records` are its encoded record batches. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  /** Start of the first open transaction: a read_committed response ends there. */
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export interface FetchResponse {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/**
 * Reads a Fetch response, version 12 or 13, without touching the records.
 *
 * Layout (Kafka protocol guide, Fetch): throttle_time_ms, error_code and session_id, then topics, each with
 * partitions.
 *
 * @param names of topics by their ids, for version 13
 * @throws RangeError when the response is truncated
 */
export function readFetchResponse(
  payload: Buffer,
  version: 12 | 13,
  names: ReadonlyMap<string | null, string>,
): FetchResponse {
  const reader = new FlexibleReader(payload);
  reader.tags();
  reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session id: full fetches only
  const partitions = reader.compactArray(() => {
    const topic = (version === 12 ? reader.compactString() : names.get(reader.uuid())) ?? '';
    const ofTopic = reader.compactArray(() => readPartition(reader, topic));
    reader.tags();
    return ofTopic;
  });
  return { errorCode, partitions: partitions.flat() };
}

function readPartition(reader: FlexibleReader, topic: string): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = Number(reader.int64());
  const lastStableOffset = Number(reader.int64());
  const logStartOffset = Number(reader.int64());
  const aborted = reader.compactArray(() => {
    const transaction = { producerId: reader.int64(), firstOffset: Number(reader.int64()) };
    reader.tags();
    return transaction;
  });
  reader.int32(); // preferred read replica: only leaders are read
  const records = reader.compactBytes();
  reader.tags();
  const offsets = { highWatermark, lastStableOffset, logStartOffset };
  return { topic, partition, errorCode, ...offsets, aborted, records };
}
