import type { Millis } from '../../../shared/core/clock.js';
import type { TopicName } from '../../../topics/names.js';

/** Where a group is in one partition that it reads. */
export interface GroupPlace {
  readonly topic: TopicName;
  readonly partition: number;
  /** The first record that it has yet to process; null where it has committed nothing, and all of the log is to be read. */
  readonly next: number | null;
  /** Where the log begins, where nothing is committed. */
  readonly start: number | null;
  /** When the oldest record came that is still to be read; null where there is none, or that is not known. */
  readonly waitsSince: Millis | null;
}

export interface GroupSample {
  /** Without the prefix. */
  readonly group: string;
  /** As Kafka names it. */
  readonly state: string;
  readonly members: number;
  /** Of topics that a member reads, or that it has committed something of. */
  readonly places: readonly GroupPlace[];
}

/** What windowing has committed of a partition of `metrics`. */
export interface TimeSample {
  readonly partition: number;
  /** Null before the first record, and where another build has written it. */
  readonly streamTime: Millis | null;
  /** The input partition that it waits for. */
  readonly holder: { readonly stage: string; readonly topic: string; readonly partition: number } | null;
  /** All was processed, and no window is open: nothing waits for the time to go on. */
  readonly idle: boolean;
}

/** The pipeline at one moment. */
export interface PipelineSample {
  readonly at: Millis;
  /** Ends of logs, by topic and partition; a topic that is not there yet has none. */
  readonly ends: ReadonlyMap<TopicName, readonly number[]>;
  readonly groups: readonly GroupSample[];
  readonly times: readonly TimeSample[];
}
