import type { Millis } from '../core/clock.js';
import type { OutputBatch, OutputRecord } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Checkpoint, StateChange } from '../core/stage.js';

/** When something was sent, by the machine's two clocks. */
export interface SentAt {
  /** As `performance.now`. */
  readonly monotonic: number;
  readonly wall: Millis;
}

/** Where a {@link LogSource} delivers the records of one partition. */
export interface PartitionBuffer {
  /** Physical topic name. */
  readonly topic: string;
  readonly partition: number;
  /** False while the buffer is full: nothing is fetched then. */
  hasRoom(): boolean;
  /**
   * Called for each fetch response, also for an empty one.
   *
   * @param endOffset high watermark of the log at that time
   * @param stableOffset last stable offset: the end for a read_committed consumer
   * @param sentAt when the request was sent, not when the response was read: what the log has got since then is not
   *   known, and a response may lie unread while the process stands still. Default: this moment
   */
  deliver(batch: RecordBatch, endOffset: number, stableOffset: number, sentAt?: SentAt): void;
}

/** The offsets of a log: the first that is still there, and the one that the next record will get. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** Reads partitions from given offsets on. Retries for ever when servers fail. */
export interface LogSource {
  /** Starts reading at `offset`, or at the first offset that is still there. */
  add(buffer: PartitionBuffer, offset: number): void;
  remove(buffer: PartitionBuffer): void;
  /** Some buffer has room again. */
  wake(): void;
  /** The end includes records of open transactions. */
  range(topic: string, partition: number): Promise<OffsetRange>;
  /** How many partitions the topic has; asks anew where fewer than `least` are known of. */
  partitions(topic: string, least?: number): Promise<number>;
  close(): Promise<void>;
}

/** The content of one transaction of a partition. */
export interface Commit {
  readonly outputs: readonly OutputBatch[];
  readonly changes: readonly StateChange[];
  readonly checkpoint: Checkpoint;
}

/** Exactly-once output of one input partition. */
export interface TransactionalOutput {
  /**
   * Fences every earlier owner of the partition, then returns the last committed checkpoint: in this
   * order, so that no other owner can commit after the checkpoint was read.
   */
  open(): Promise<Checkpoint | null>;
  /**
   * Clears the outputs as soon as they are copied.
   *
   * @throws TactusError `TACTUS_FENCED` when another owner has opened the partition since
   */
  commit(commit: Commit): Promise<void>;
  close(): Promise<void>;
}

/** Acknowledged output outside of transactions. */
export interface Producer {
  /** Resolves when all records are acknowledged; retries until then. */
  send(records: readonly OutputRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface AssignedPartition {
  /** Physical topic name. */
  readonly topic: string;
  readonly partition: number;
}

/** Membership in a consumer group. */
export interface GroupMember {
  /** Resolves when the group has confirmed the membership after this call. */
  confirmed(signal: AbortSignal): Promise<void>;
  committed(topic: string, partition: number): Promise<Checkpoint | null>;
  commit(topic: string, partition: number, offset: number): Promise<void>;
  leave(): Promise<void>;
}
