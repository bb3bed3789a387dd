import type { TopicName } from '../../topics/names.js';
import type { Millis } from '../core/clock.js';
import type { TactusError } from '../core/errors.js';
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
   * @param sentAt when the request was sent that says where the log ends, not when the response was read: what the log has
   *   got since then is not known, and a response may lie unread while the process stands still. Default: this moment
   */
  deliver(batch: RecordBatch, endOffset: number, stableOffset: number, sentAt?: SentAt): void;
  /**
   * The log does not go on at the position: another has taken its place, or it has lost what was read. Nothing more
   * is delivered. Where this is left out, reading goes on by itself: at the start of the other log, or at the end.
   */
  brokenOff?(): void;
}

/** The offsets of a log: the first that is still there, and the one that the next record will get. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
  /** Of the topic: another one when the topic was deleted and made anew. Null where the cluster gives none. */
  readonly topicId?: string | null;
  /**
   * Where the records end that the log has in common with what somebody has read, if that was asked for and the
   * log's leader knows; at most `end`.
   */
  readonly sharedEnd?: number;
}

/** What somebody has read of a log. */
export interface ReadLog {
  readonly topicId?: string | null | undefined;
  /** Epoch of the leader that wrote the last of it, or of a later one. */
  readonly epoch?: number | undefined;
}

/** Reads partitions from given offsets on. Retries for ever when servers fail. */
export interface LogSource {
  /**
   * Starts reading at `offset`. What is no longer in the log is passed over, which is logged and counted.
   *
   * @param topicId of the log that the offset is of; by default whatever is found
   */
  add(buffer: PartitionBuffer, offset: number, topicId?: string | null): void;
  remove(buffer: PartitionBuffer): void;
  /** Some buffer has room again. */
  wake(): void;
  /**
   * The end includes records of open transactions.
   *
   * @param read asks what of that is in the log
   */
  range(topic: string, partition: number, read?: ReadLog): Promise<OffsetRange>;
  /**
   * The end of each partition of a topic, as {@link range} says it.
   *
   * @param only of these, as far as somebody leads them
   */
  ends(topic: string, only?: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** How many partitions the topic has; asks anew where fewer than `least` are known of. */
  partitions(topic: string, least?: number): Promise<number>;
  close(): Promise<void>;
}

/** Who commits: the broker refuses offsets of an older generation of the group (KIP-447). */
export interface Membership {
  readonly memberId: string;
  readonly generationId: number;
}

/** What one input partition contributes to a transaction. */
export interface PartitionContent {
  /** Physical input topic. */
  readonly topic: string;
  readonly partition: number;
  /** Kept, and not cleared, until the outcome is known: they may have to be sent again. */
  readonly outputs: readonly OutputBatch[];
  readonly changes: readonly StateChange[];
  /** Where `changes` go; written to the partition with the same number as the input's. */
  readonly changelog?: TopicName | undefined;
  readonly checkpoint: Checkpoint;
}

/** The content of one transaction of a worker. */
export interface Cut {
  readonly contents: readonly PartitionContent[];
  readonly membership: Membership;
  /**
   * Time notes by logical output topic: `last` goes on the last record of each output partition in this
   * transaction, `marker` on the last record of every earlier record set of it.
   */
  readonly notes: ReadonlyMap<TopicName, { readonly last: Buffer; readonly marker: Buffer }>;
}

/** An output that the broker does not take, whatever else it is sent with. */
export interface RefusedRecord {
  /** One of the outputs of the cut, and the record's place in it. */
  readonly batch: OutputBatch;
  readonly index: number;
  readonly message: string;
}

/**
 * `ends`: by physical output topic and partition, the offset behind the last record that was written.
 * `aborted`: nothing of it is visible, the same content may be sent again. `generation`: the same, but this
 * membership has ended. `refused`: the broker does not take some content, which the error names, with the `records`
 * that are at fault if it is these; `lost`: another owner has committed since, or may have: only the committed checkpoints say.
 * `leaderless`: nobody leads partitions that some outputs go to, and nothing was sent; `inputs` has the keys of the
 * partitions whose outputs these are.
 */
export type CommitResult =
  | { readonly outcome: 'committed'; readonly ends: ReadonlyMap<string, ReadonlyMap<number, number>> }
  | {
      readonly outcome: 'refused';
      readonly error: TactusError;
      readonly records?: readonly RefusedRecord[];
    }
  | { readonly outcome: 'leaderless'; readonly error: TactusError; readonly inputs: ReadonlySet<string> }
  | { readonly outcome: 'aborted' | 'generation' | 'lost'; readonly error: TactusError };

/** A checkpoint that is committed. */
export interface TakenOver extends Checkpoint {
  /** It was committed with its outputs, and not set by an operator, or by a build that does not say. */
  readonly ours: boolean;
}

/** Exactly-once output of a worker: all its partitions in one transaction. */
export interface WorkerTransactions {
  /** May change when another instance has the same. */
  readonly transactionalId: string;
  /** Initialises the transactional id: aborts what an earlier process with it left open. */
  open(): Promise<void>;
  /**
   * The committed checkpoints of partitions that were just assigned, by `topic[partition]`: once no
   * transaction is open any more that could still change them, those of earlier owners being aborted.
   *
   * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE`, also when `signal` aborts
   */
  takeOver(
    partitions: readonly AssignedPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TakenOver | null>>;
  /**
   * Commits, one call at a time. Without contents it only ends what the call before may have left open.
   *
   * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE`: the outcome is unknown. The caller calls again with the
   *   same contents, less those of partitions that it has lost, and the outcome is then found out first.
   */
  commit(cut: Cut): Promise<CommitResult>;
  close(): Promise<void>;
}

/** A record for a {@link Producer}; one without value removes its key from a compacted topic. */
export type ProducedRecord = Omit<OutputRecord, 'value'> & { readonly value: Buffer | null };

/** Acknowledged output outside of transactions. */
export interface Producer {
  /**
   * Resolves when all records are acknowledged; retries until then.
   *
   * @throws TactusError `TACTUS_OUTPUT_REFUSED` when the broker does not take some record
   */
  send(records: readonly ProducedRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** What became of a batch that was written outside of transactions. */
export interface BatchResult {
  /** Places of the records that are not acknowledged; some of these may be written all the same. */
  readonly missing: ReadonlySet<number>;
  /** Those of them that the broker does not take, whatever else they are sent with, and why. */
  readonly refused: ReadonlyMap<number, string>;
  /** Why some are missing; null where none is. */
  readonly error: TactusError | null;
}

/** Acknowledged output outside of transactions, which is tried for a bounded time. */
export interface BatchProducer {
  /** One call at a time. Never fails: who sent a record that is missing sends it again. */
  write(batch: OutputBatch): Promise<BatchResult>;
  /** Resolves when Kafka answers. @throws TactusError when it does not */
  ask(): Promise<void>;
  close(): Promise<void>;
}

export interface AssignedPartition {
  /** Physical topic name. */
  readonly topic: string;
  readonly partition: number;
}

/** What the group has given to this member. */
export interface Assignment {
  readonly membership: Membership;
  /**
   * The member is the same as before and its generation the next one: nobody else can have owned a partition
   * that it has kept.
   */
  readonly continuous: boolean;
  readonly partitions: readonly AssignedPartition[];
}

/** Membership in a consumer group. */
export interface GroupMember {
  /** Resolves when the group has confirmed the membership after this call. */
  confirmed(signal: AbortSignal): Promise<void>;
  committed(topic: string, partition: number): Promise<Checkpoint | null>;
  /** @param topicId of the log that the offset is of */
  commit(topic: string, partition: number, offset: number, topicId: string | null): Promise<void>;
  leave(): Promise<void>;
}
