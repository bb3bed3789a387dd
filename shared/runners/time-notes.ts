import type { TopicName } from '../../topics/names.js';
import type { StageTime } from '../core/stage.js';
import type { Cut, LogSource } from '../ports/log.js';
import { encodeTimeNote, encodeTimeNotes, type TimeNote } from '../wire/time-note.js';
import type { OpenPartition } from './open-partition.js';
import type { StageBinding } from './stage-binding.js';

const MARKER = encodeTimeNote(null);

/** What a stage reads. */
export interface StageInput {
  /** Logical names. */
  readonly input: TopicName;
  /** Whose readers learn the stage's time; null for a stage that keeps none. */
  readonly output: TopicName | null;
  /** Of the input; as many as it had at the last look. */
  partitions: number;
}

/** What the stages of a worker let others know of their inputs, and the readers of their outputs of their time. */
export class TimeNotes {
  readonly inputs: readonly StageInput[];

  /** @param group consumer group, without the prefix */
  constructor(
    private readonly group: string,
    stages: Partial<Record<TopicName, StageBinding<never>>>,
  ) {
    this.inputs = Object.entries(stages).map(([input, { timeTo = null }]) => ({
      ...{ input: input as TopicName, output: timeTo, partitions: 0 },
    }));
  }

  /** Looks how many partitions the inputs have now. */
  async count(reader: Pick<LogSource, 'partitions'>, prefix: string): Promise<void> {
    // One more than are known, so that it asks anew.
    for (const one of this.inputs)
      one.partitions = await reader.partitions(prefix + one.input, one.partitions + 1);
  }

  /** Of all inputs. */
  get partitions(): number {
    return this.inputs.reduce((sum, { partitions }) => sum + partitions, 0);
  }

  /** The notes that go with a commit. */
  ofCut(times: ReadonlyMap<OpenPartition, StageTime>): Cut['notes'] {
    const notes = new Map<TopicName, { readonly last: Buffer; readonly marker: Buffer }>();
    for (const [output, inputs] of Map.groupBy(this.inputs, (one) => one.output))
      if (output !== null) {
        const last = encodeTimeNotes(inputs.map((one) => this.noteOf(one, times)));
        notes.set(output, { last, marker: MARKER });
      }
    return notes;
  }

  noteOf(
    { input, partitions }: StageInput,
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
