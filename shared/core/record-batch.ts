import type { Millis } from './clock.js';

/**
 * A run of records of one partition, read by index, in offset order.
 *
 * It is an interface of accessors rather than an array of objects so that an implementation can
 * read fields in place from the fetched bytes. Indices run from 0 to `length - 1`. Offsets are
 * plain numbers: a partition would need 2^53 records to lose precision.
 *
 * A batch of length 0 is a clock tick: the stage is called because time went by.
 */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly length: number;
  /** The position after this batch: offset of the next record to read, control records counted. */
  readonly nextOffset: number;
  /** True when nothing was left to read behind this batch when it was fetched, nor on its way to the log's replicas. */
  readonly atEnd: boolean;
  /**
   * Of a clock tick at the end of the log: wall clock at which the request was sent that found nothing more. What
   * the log has got since is not known.
   */
  readonly readAt?: Millis | undefined;
  /** Epoch of the leader that wrote the last of what was read, as the log has it. */
  readonly leaderEpoch?: number | undefined;
  offset(index: number): number;
  /** The record's time as the log has it: append time for topics that Tactus declares. */
  timestamp(index: number): Millis;
  key(index: number): Buffer | null;
  value(index: number): Buffer | null;
  headers(index: number): Readonly<Record<string, Buffer>>;
  /** The same records for hot loops: plain arrays and bytes, in order. */
  readonly segments: readonly RecordSegment[];
  /**
   * Called when the batch is done with: the places are used again for another. Views that were
   * taken of the records' bytes stay good.
   */
  release?(): void;
  /**
   * Called when nothing refers to the records' bytes any more, be it an output that is not committed
   * yet: their memory is used again. Never calling it is safe, and leaves it to the garbage collector.
   */
  recycle?(): void;
}

/** Numbers in `places` per record; the constants below say which. */
export const PLACES = 6;
export const KEY_START = 0;
/** -1 for null. */
export const KEY_LENGTH = 1;
export const VALUE_START = 2;
/** -1 for null. */
export const VALUE_LENGTH = 3;
/** A run of bytes as in headers.ts. */
export const HEADERS_START = 4;
export const HEADERS_LENGTH = 5;

/**
 * A stretch of records in one buffer. Arrays may be longer than `length`. Record `i` has its
 * offset in `offsets[i]`, its log time in `times[i]`, and the places of its parts in `bytes` in
 * `places[i * PLACES + …]`.
 */
export interface RecordSegment {
  readonly bytes: Buffer;
  readonly length: number;
  readonly offsets: Float64Array;
  readonly times: Float64Array;
  readonly places: Int32Array;
  /**
   * The schema id that every value begins with (Confluent wire format); {@link NO_SCHEMA} when they
   * differ, or one has none: then each has to be checked.
   */
  readonly schemaId: number;
}

export const NO_SCHEMA = -1;
