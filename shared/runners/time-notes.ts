import type { TopicName } from '../../topics/names.js';
import type { StageTime } from '../core/stage.js';
import type { Cut, LogSource } from '../ports/log.js';
import { encodeTimeNote, type TimeNote } from '../wire/time-note.js';
import type { OpenPartition } from './open-partition.js';
import type { StageBinding } from './stage-binding.js';

const MARKER = encodeTimeNote(null);

/** A stage whose time its readers learn. */
export interface TimedInput {
  /** Logical names. */
  readonly input: TopicName;
  readonly output: TopicName;
  /** Of the input; as many as it had at the last look. */
  partitions: number;
}

/** What the stages of a worker let the readers of their outputs know of their time. */
export class TimeNotes {
  readonly inputs: readonly TimedInput[];

  /** @param group consumer group, without the prefix */
  constructor(
    private readonly group: string,
    stages: Partial<Record<TopicName, StageBinding<never>>>,
  ) {
    this.inputs = Object.entries(stages).flatMap(([input, { timeTo }]) =>
      timeTo === undefined ? [] : [{ input: input as TopicName, output: timeTo, partitions: 0 }],
    );
  }

  /** Looks how many partitions the inputs have now. */
  async count(reader: Pick<LogSource, 'partitions'>, prefix: string): Promise<void> {
    // One more than are known, so that it asks anew.
    for (const one of this.inputs)
      one.partitions = await reader.partitions(prefix + one.input, one.partitions + 1);
  }

  /** The notes that go with a commit. */
  ofCut(times: ReadonlyMap<OpenPartition, StageTime>): Cut['notes'] {
    return new Map(
      this.inputs.map((one) => [
        one.output,
        { last: encodeTimeNote(this.noteOf(one, times)), marker: MARKER },
      ]),
    );
  }

  noteOf(
    { input, partitions }: TimedInput,
    times: ReadonlyMap<Pick<OpenPartition, 'name' | 'partition'>, StageTime>,
  ): TimeNote {
    const own = [...times].filter(([{ name }]) => name === input);
    return {
      stage: this.group,
      topic: input,
      // An assignment may know of a partition before the last look does.
      partitions: own.reduce((most, [{ partition }]) => Math.max(most, partition + 1), partitions),
      times: own.map(([{ partition }, time]) => ({ partition, ...time })),
    };
  }
}
