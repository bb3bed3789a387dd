import { crc32c } from '@node-rs/crc32';
import { TactusError } from '../../../core/errors.js';
import type { RecordBatch, RecordSegment } from '../../../core/record-batch.js';
import { decompress } from './compression.js';
import type { FetchedPartition } from './fetch-response.js';
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
 * transactions are skipped; a truncated last batch is left to the next fetch.
 *
 * @param onRecycle called when the bytes are not needed any more
 * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` on corrupt bytes: the caller fetches again
 */
export function readRecordBatches(
  fetched: FetchedPartition,
  position: number,
  onRecycle?: () => void,
): RecordBatch {
  try {
    return readBatches(fetched, position, onRecycle);
  } catch (error) {
    if (error instanceof RangeError) throw corrupt(fetched, 'a batch with truncated records', error);
    throw error;
  }
}

function readBatches(fetched: FetchedPartition, position: number, onRecycle?: () => void): RecordBatch {
  const { records: bytes } = fetched;
  const aborted = [...fetched.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const inAborted = new Set<bigint>();
  const segments: RecordSegment[] = [];
  let nextOffset = position;

  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + LENGTH_FIELD_ENDS + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    if (end < at + HEADER_BYTES) throw corrupt(fetched, 'a batch shorter than its header');
    const baseOffset = Number(bytes.readBigInt64BE(at));
    checkBatch(fetched, bytes, at, end);
    const attributes = bytes.readInt16BE(at + 21);
    const lastOffset = baseOffset + bytes.readInt32BE(at + 23);
    const producerId = bytes.readBigInt64BE(at + 43);
    const count = bytes.readInt32BE(at + 57);

    while (aborted[0] !== undefined && aborted[0].firstOffset <= lastOffset)
      inAborted.add((aborted.shift() as { producerId: bigint }).producerId);

    const transactional = (attributes & TRANSACTIONAL) !== 0;
    if ((attributes & CONTROL) !== 0) {
      if (isAbort(bytes, at, end, attributes, count)) inAborted.delete(producerId);
    } else if (count > 0 && !(transactional && inAborted.has(producerId)) && lastOffset >= position) {
      const section = decompress(attributes, bytes.subarray(at + HEADER_BYTES, end));
      const appendTime = (attributes & LOG_APPEND_TIME) !== 0;
      const time = Number(bytes.readBigInt64BE(at + (appendTime ? 35 : 27)));
      const index = indexRecords(section, count, baseOffset, time, appendTime, position);
      if (index.length > 0) segments.push(index);
    }
    nextOffset = Math.max(nextOffset, lastOffset + 1);
    at = end;
  }
  return new RecordView(
    fetched.topic,
    fetched.partition,
    segments,
    nextOffset,
    nextOffset >= fetched.highWatermark,
    onRecycle,
  );
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
