import type { OutputBatch, OutputRecord } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Checkpoint, StateChange } from '../core/stage.js';

/** One partition that is read by a {@link LogSource}; the source calls, the owner buffers. */
export interface Feed {
  /** Physical topic name. */
  readonly topic: string;
  readonly partition: number;
  /** False while the owner's buffer is full: nothing is fetched then. */
  wants(): boolean;
  /**
   * Called for each answer, also for an empty one. The log ended at `endOffset` then, and at
   * `stableOffset` for who leaves out what is not committed yet.
   */
  deliver(batch: RecordBatch, endOffset: number, stableOffset: number): void;
}

/** Reads partitions from given offsets on, for as long as it takes, whatever servers do. */
export interface LogSource {
  /** Starts reading at `offset`; the first offset that is still there, if that is gone. */
  add(feed: Feed, offset: number): void;
  remove(feed: Feed): void;
  /** The buffer of some feed has room again. */
  wake(): void;
  /** First offset that is still there and the one that the next record will get, open transactions counted. */
  range(topic: string, partition: number): Promise<{ start: number; end: number }>;
  close(): Promise<void>;
}

/** What one commit of a partition holds; all of it becomes visible at once, or none. */
export interface Commit {
  readonly outputs: readonly OutputBatch[];
  readonly changes: readonly StateChange[];
  readonly checkpoint: Checkpoint;
}

/** Exactly-once output of one input partition. */
export interface TransactionalOutput {
  /**
   * Shuts out every earlier owner of the partition, then gives the last committed checkpoint: in
   * this order, so that nothing can be committed behind the reader's back.
   */
  open(): Promise<Checkpoint | null>;
  /**
   * Clears the outputs as soon as they are copied.
   *
   * @throws TactusError `TACTUS_FENCED` when another owner has opened it since.
   */
  commit(commit: Commit): Promise<void>;
  close(): Promise<void>;
}

/** Plain acknowledged output. */
export interface Producer {
  /** Resolves when all of it is acknowledged; tries again until then. */
  send(records: readonly OutputRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface AssignedPartition {
  /** Physical topic name. */
  readonly topic: string;
  readonly partition: number;
}

/** Membership in a consumer group that shares the partitions of some topics. */
export interface GroupMember {
  /** Resolves when the group has confirmed the membership after this call. */
  confirmed(signal: AbortSignal): Promise<void>;
  committed(topic: string, partition: number): Promise<Checkpoint | null>;
  commit(topic: string, partition: number, offset: number): Promise<void>;
  leave(): Promise<void>;
}
