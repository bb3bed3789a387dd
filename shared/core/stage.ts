import type { Millis } from './clock.js';
import type { ErrorCode } from './errors.js';
import type { OutputBatch } from './output-batch.js';
import type { RecordBatch } from './record-batch.js';

/** One entry of a stage's changelog; `value` null deletes the key. */
export interface StateChange {
  readonly key: string;
  readonly value: Buffer | null;
}

/** An input record that a stage refuses: `index` in the batch that it was given. */
export interface Refusal {
  readonly index: number;
  readonly code: ErrorCode;
  /** Names the field, the value and what is allowed. */
  readonly message: string;
}

/**
 * Where to go on after a restart.
 *
 * `offset` is the oldest record that has to be read again to rebuild the state (the replay-safe
 * offset); `metadata` is whatever the stage needs to know about the time before, at most a few
 * hundred bytes. Both are committed together with the outputs.
 */
export interface Checkpoint {
  readonly offset: number;
  readonly metadata: string;
  /**
   * Id of the topic that the offset is of; the runner's to know. Missing where it is not known, as for a stage without
   * metadata and in checkpoints of earlier builds.
   */
  readonly topicId?: string | null | undefined;
  /**
   * Epoch of the leader that wrote the last of what was processed, or of a later one; goes with `topicId`. A log that
   * ends before that position with these epochs has lost what was processed, however long it is.
   */
  readonly epoch?: number | undefined;
}

/** What a stage starts from: the last checkpoint, if there is one, and its changelog. */
export interface Saved {
  readonly topic: string;
  readonly partition: number;
  /** Null on the first start ever: the log is then read from its beginning. */
  readonly checkpoint: Checkpoint | null;
  /**
   * Latest value of each key of the stage's changelog for this partition; empty without one, and
   * for a stage that has `recall`.
   */
  readonly changelog: ReadonlyMap<string, Buffer>;
}

export interface StepResult<State> {
  readonly state: State;
  readonly outputs: OutputBatch;
  readonly refusals: readonly Refusal[];
  readonly changes: readonly StateChange[];
  /**
   * Index of the first record that was not taken, because something has to be asked for first: that one and those behind
   * it are given again afterwards. Missing where all were taken.
   */
  readonly stoppedAt?: number;
  /** Trace with a span of this step; missing where none was made. */
  readonly traceId?: string;
}

/** How far a stage has come in the time of its stream. */
export interface StageTime {
  /**
   * Whatever it has yet to read or to write belongs to later times. Null when it is not known; with `atEnd`:
   * there never was a record.
   */
  readonly time: Millis | null;
  /** True when nothing was left to read. */
  readonly atEnd: boolean;
  /** There never was a record, and `time` is when that was last known. */
  readonly empty?: boolean;
}

/**
 * The pure part of a worker: `(state, batch, now) -> (state, outputs)`, one state per input
 * partition. It does no I/O and reads no clock, so the same code runs live, on history and in
 * tests. A stage may update `state` in place and return it: the runner never uses the old one.
 *
 * After a failed commit the runner throws the state away, restores from the last checkpoint and
 * reads the log again; a stage thus never has to undo anything.
 */
export interface Stage<State> {
  restore(saved: Saved): State;
  /**
   * Takes one entry of the changelog, after `restore` and before the first step. They come as they
   * were written, the oldest first, so a later one of a key is the one that counts. A stage with
   * much state has this, so that the state is never held twice.
   */
  recall?(state: State, change: StateChange): void;
  step(state: State, batch: RecordBatch, now: Millis): StepResult<State>;
  /**
   * Most records that a step may be given, for a stage that can take long for each: between steps the process gets to
   * its heartbeats. By default all that a batch holds.
   */
  atOnce?(state: State): number;
  /** Only asked for when all records before `replayUntil` have been stepped through again. */
  checkpoint(state: State): Checkpoint;
  /**
   * Offset of the first record that was not processed before the restart. Those before it only
   * rebuild the state: until then nothing is committed and the worker is not ready. Without it
   * there is nothing to replay.
   */
  replayUntil?(state: State): number;
  /** What the records of its partition may ask for beside those of the others, as far as the last ones show. */
  claim?(state: State): { readonly weight: number; readonly priority: number };
  /** The stream time that its outputs carry on to their readers, after all steps so far. */
  time?(state: State): StageTime;
  /**
   * The state is dropped: the partition goes to another owner, or is restored anew. For what a
   * stage shares between its partitions.
   */
  release?(state: State): void;
}
