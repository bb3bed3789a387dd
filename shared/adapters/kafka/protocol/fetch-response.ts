/** A transaction that was aborted: records of this producer from this offset on do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What a broker answered for one partition; `records` are its record batches, still packed. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/**
 * Reads a Fetch response, version 4 to 11, without touching the records.
 *
 * Layout (Kafka protocol guide, Fetch): throttle_time_ms, from version 7 error_code and session_id,
 * then topics, each with partitions. Only version 11 is asked for, by kafkajs's own request encoder.
 *
 * @throws RangeError when the answer is shorter than it says
 */
export function readFetchResponse(payload: Buffer): {
  throttleMs: number;
  errorCode: number;
  partitions: FetchedPartition[];
} {
  let at = 0;
  const int16 = () => payload.readInt16BE((at += 2) - 2);
  const int32 = () => payload.readInt32BE((at += 4) - 4);
  const int64 = () => payload.readBigInt64BE((at += 8) - 8);
  const bytes = (length: number) => {
    if (length <= 0) return EMPTY;
    if (at + length > payload.length) throw new RangeError('the fetch response is cut short');
    return payload.subarray(at, (at += length));
  };

  const throttleMs = int32();
  const errorCode = int16();
  int32(); // session id: full fetches only
  const partitions: FetchedPartition[] = [];
  for (let topics = int32(); topics > 0; topics--) {
    const topic = bytes(int16()).toString('utf8');
    for (let left = int32(); left > 0; left--) {
      const partition = int32();
      const partitionError = int16();
      const highWatermark = Number(int64());
      int64(); // last stable offset: read_committed answers end there by themselves
      const logStartOffset = Number(int64());
      const aborted: AbortedTransaction[] = [];
      for (let count = int32(); count > 0; count--)
        aborted.push({ producerId: int64(), firstOffset: Number(int64()) });
      int32(); // preferred read replica: we read from leaders
      const records = bytes(int32());
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        highWatermark,
        logStartOffset,
        aborted,
        records,
      });
    }
  }
  return { throttleMs, errorCode, partitions };
}

const EMPTY = Buffer.alloc(0);
