import type { TopicName } from '../../topics/names.js';
import type { TactusError } from '../core/errors.js';
import type { Checkpoint, StageTime } from '../core/stage.js';
import type { CommittedPosition } from '../wire/progress-record.js';
import type { PendingCommit } from './pending-commit.js';

/** A partition whose state is where it was, as those see it who commit its work. */
export interface OpenPartition {
  /** Physical topic. */
  readonly topic: string;
  /** Logical topic. */
  readonly name: TopicName;
  readonly partition: number;
  readonly changelog: TopicName | undefined;
  /** More records are there to be read: its outputs are late in any case. */
  readonly behind: boolean;
  /** Nothing is pending, and no commit is on its way. */
  readonly settled: boolean;
  /** As of the last commit: the offset of the checkpoint, and of the first record that was not processed. */
  readonly committedPosition: Omit<CommittedPosition, 'partition'>;
  /** What has come since the last cut. */
  readonly pending: PendingCommit;
  /** The state between two steps. */
  checkpoint(): Checkpoint;
  /** Null for a stage that keeps no time. */
  time(): StageTime | null;
  /** Gives up what is pending, to a commit, and begins anew. */
  cut(): PendingCommit;
  committed(checkpoint: Checkpoint): void;
  /** Its content cannot be committed, or is another's: it has to be opened again. */
  fail(error: TactusError): void;
}
