import { crc32c } from '@node-rs/crc32';
import { TactusError } from '../../../core/errors.js';
import type { RecordBatch, RecordSegment } from '../../../core/record-batch.js';
import { decompress } from './compression.js';
import type { AbortedTransaction, FetchedPartition } from './fetch-response.js';
import { indexRecords, RecordView } from './record-index.js';

/*
 * Record batch, magic 2 (KIP-98):
 *   0 baseOffset int64, 8 batchLength int32, 12 partitionLeaderEpoch int32, 16 magic int8,
 *   17 crc uint32 (CRC-32C of all that follows), 21 attributes int16, 23 lastOffsetDelta int32,
 *   27 baseTimestamp int64, 35 maxTimestamp int64, 43 producerId int64, 51 producerEpoch int16,
 *   53 baseSequence int32, 57 recordCount int32, 61 records
 */
const HEADER_BYTES = 61;
const LENGTH_FIELD_ENDS = 12;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** First bytes of a control record's key: version int16, then type int16 with 0 for ABORT. */
const ABORT = 0;

/**
 * The records of one fetched partition that a read_committed reader sees, from `position` on.
 *
 * Batches are checked (CRC-32C), decompressed and indexed; control records and records of aborted
 * transactions are skipped; a truncated last batch is left to the next fetch, as is one that is corrupt and all
 * behind it.
 *
 * @param onRecycle called when the bytes are not needed any more
 * @param appended where the leader's log ended, as far as is known: what is behind the high watermark is on its way
 * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` where the first batch is corrupt: the caller fetches again
 */
export function readRecordBatches(
  fetched: FetchedPartition,
  position: number,
  onRecycle?: () => void,
  appended = fetched.highWatermark,
): RecordBatch {
  const read = new BatchReader(fetched, position);
  try {
    while (read.next());
  } catch (error) {
    // What is good goes on first.
    if (!read.moved) {
      if (error instanceof RangeError) throw corrupt(fetched, 'a batch with truncated records', error);
      throw error;
    }
  }
  return read.batch(appended, onRecycle);
}

/** Reads the batches of a fetched partition one after the other. */
class BatchReader {
  readonly #aborted: AbortedTransaction[];
  readonly #inAborted = new Set<bigint>();
  readonly #segments: RecordSegment[] = [];
  #at = 0;
  #nextOffset: number;
  #leaderEpoch: number | undefined;

  constructor(
    private readonly fetched: FetchedPartition,
    private readonly position: number,
  ) {
    this.#aborted = [...fetched.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
    this.#nextOffset = position;
  }

  /** Something was read. */
  get moved(): boolean {
    return this.#nextOffset > this.position;
  }

  /** @returns false at the end */
  next(): boolean {
    const { fetched, position } = this;
    const bytes = fetched.records;
    const at = this.#at;
    if (at + HEADER_BYTES > bytes.length) return false;
    const end = at + LENGTH_FIELD_ENDS + bytes.readInt32BE(at + 8);
    if (end > bytes.length) return false;
    if (end < at + HEADER_BYTES) throw corrupt(fetched, 'a batch shorter than its header');
    const baseOffset = Number(bytes.readBigInt64BE(at));
    checkBatch(fetched, bytes, at, end);
    const attributes = bytes.readInt16BE(at + 21);
    const lastOffset = baseOffset + bytes.readInt32BE(at + 23);
    const producerId = bytes.readBigInt64BE(at + 43);
    const count = bytes.readInt32BE(at + 57);

    while (this.#aborted[0] !== undefined && this.#aborted[0].firstOffset <= lastOffset)
      this.#inAborted.add((this.#aborted.shift() as AbortedTransaction).producerId);

    const transactional = (attributes & TRANSACTIONAL) !== 0;
    if ((attributes & CONTROL) !== 0) {
      if (isAbort(bytes, at, end, attributes, count)) this.#inAborted.delete(producerId);
    } else if (count > 0 && !(transactional && this.#inAborted.has(producerId)) && lastOffset >= position) {
      const section = decompress(attributes, bytes.subarray(at + HEADER_BYTES, end));
      const appendTime = (attributes & LOG_APPEND_TIME) !== 0;
      const time = Number(bytes.readBigInt64BE(at + (appendTime ? 35 : 27)));
      const index = indexRecords(section, count, baseOffset, time, appendTime, position);
      if (index.length > 0) this.#segments.push(index);
    }
    this.#nextOffset = Math.max(this.#nextOffset, lastOffset + 1);
    const leaderEpoch = bytes.readInt32BE(at + LENGTH_FIELD_ENDS);
    if (leaderEpoch >= 0) this.#leaderEpoch = leaderEpoch;
    this.#at = end;
    return true;
  }

  batch(appended: number, onRecycle?: () => void): RecordBatch {
    const { topic, partition, highWatermark } = this.fetched;
    const next = this.#nextOffset;
    return new RecordView(
      ...([topic, partition, this.#segments, next] as const),
      // A position beyond that is no end: there are records that the leader does not give out yet.
      next === highWatermark && next >= appended,
      onRecycle,
      this.#leaderEpoch,
    );
  }
}

function checkBatch(fetched: FetchedPartition, bytes: Buffer, at: number, end: number): void {
  const magic = bytes.readInt8(at + 16);
  if (magic !== 2) throw corrupt(fetched, `a batch of message format ${magic}; only 2 is supported`);
  if (crc32c(bytes.subarray(at + 21, end)) !== bytes.readUInt32BE(at + 17))
    throw corrupt(fetched, 'a batch with a wrong CRC-32C');
}

function isAbort(bytes: Buffer, at: number, end: number, attributes: number, count: number): boolean {
  if (count !== 1) return false;
  const section = decompress(attributes, bytes.subarray(at + HEADER_BYTES, end));
  const key = new RecordView('', 0, [indexRecords(section, 1, 0, 0, true, 0)], 1, true).key(0);
  return key !== null && key.length >= 4 && key.readInt16BE(2) === ABORT;
}

function corrupt(fetched: FetchedPartition, what: string, cause?: unknown): TactusError {
  return new TactusError(
    'TACTUS_KAFKA_UNAVAILABLE',
    `${fetched.topic}[${fetched.partition}]: the broker sent ${what}`,
    { cause },
  );
}
