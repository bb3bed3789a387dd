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

/**
 * Reads a Fetch response, version 4 to 11, without touching the records.
 *
 * Layout (Kafka protocol guide, Fetch): throttle_time_ms, from version 7 error_code and session_id,
 * then topics, each with partitions. Only version 11 is requested, by kafkajs's own encoder.
 *
 * @throws RangeError when the response is truncated
 */
export function readFetchResponse(payload: Buffer): {
  throttleMs: number;
  errorCode: number;
  partitions: FetchedPartition[];
} {
  const cursor = new Cursor(payload);
  const throttleMs = cursor.int32();
  const errorCode = cursor.int16();
  cursor.int32(); // session id: full fetches only
  const partitions: FetchedPartition[] = [];
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.bytes(cursor.int16()).toString('utf8');
    for (let left = cursor.int32(); left > 0; left--) {
      const partition = cursor.int32();
      const partitionError = cursor.int16();
      const highWatermark = Number(cursor.int64());
      const lastStableOffset = Number(cursor.int64());
      const logStartOffset = Number(cursor.int64());
      const aborted: AbortedTransaction[] = [];
      for (let count = cursor.int32(); count > 0; count--)
        aborted.push({ producerId: cursor.int64(), firstOffset: Number(cursor.int64()) });
      cursor.int32(); // preferred read replica: only leaders are read
      const records = cursor.bytes(cursor.int32());
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        aborted,
        records,
      });
    }
  }
  return { throttleMs, errorCode, partitions };
}

const EMPTY = Buffer.alloc(0);

/** Reads fields in sequence. */
class Cursor {
  #at = 0;

  constructor(private readonly payload: Buffer) {}

  int16(): number {
    this.#at += 2;
    return this.payload.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.payload.readInt32BE(this.#at - 4);
  }

  int64(): bigint {
    this.#at += 8;
    return this.payload.readBigInt64BE(this.#at - 8);
  }

  bytes(length: number): Buffer {
    if (length <= 0) return EMPTY;
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.payload.length) throw new RangeError('the fetch response is truncated');
    return this.payload.subarray(start, this.#at);
  }
}
