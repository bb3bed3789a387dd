import type { TopicName } from '../../topics/names.js';
import { readMetadata } from '../core/checkpoint-metadata.js';
import type { Millis } from '../core/clock.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Checkpoint, Saved, StageTime } from '../core/stage.js';
import { NO_PROGRESS, type ProgressView } from '../ports/progress.js';
import { notesOf } from '../wire/time-note.js';
import type { StreamTimeSnapshot } from './position.js';
import type { SourceTimesOptions } from './source.js';
import { SourceTimes } from './source-times.js';

const VERSION = 1;

interface Metadata extends StreamTimeSnapshot {
  readonly v: typeof VERSION;
  readonly next: number;
}

export interface NotedInputOptions extends SourceTimesOptions {
  /** The topic that is read. */
  readonly topic: TopicName;
  readonly progress?: ProgressView | undefined;
}

/** What {@link NotedInput.take} calls. */
export interface TakeRecords {
  /** The records from `from` up to `to`, exclusive, which were written together. */
  records(from: number, to: number): void;
  /** The time may have gone on: all that belongs to earlier times has come. */
  timed(time: Millis): void;
}

/**
 * One partition of a topic whose writers say how far they have come, for a stage that keeps its state in a
 * changelog: the position and the time of the input are its checkpoint.
 */
export class NotedInput {
  readonly sources: SourceTimes;
  #next: number;
  #atEnd = false;

  /** @throws TactusError `TACTUS_CHECKPOINT_UNKNOWN` for a checkpoint of another version */
  constructor(
    private readonly options: NotedInputOptions,
    private readonly saved: Saved,
  ) {
    const metadata = readMetadata<Metadata>(saved, VERSION);
    this.sources = new SourceTimes(options, metadata ?? undefined);
    this.#next = saved.checkpoint?.offset ?? 0;
  }

  /** Null where no writer has ever said its time, or none has known it. */
  get time(): Millis | null {
    return this.sources.isUntimed ? null : this.sources.time;
  }

  /** Gives the records of a batch by the record sets that they came in, and the time behind each. */
  take(batch: RecordBatch, now: Millis, { records, timed }: TakeRecords): void {
    const { sources } = this;
    let from = 0;
    for (const segment of batch.segments) {
      const to = from + segment.length;
      records(from, to);
      from = to;
      const notes = notesOf(segment);
      if (notes !== null) sources.takeNotes(notes, segment.times[segment.length - 1] as Millis);
      if (!sources.isUntimed) timed(sources.time);
    }
    const { length, atEnd, nextOffset, readAt = now } = batch;
    this.#next = nextOffset;
    if (length === 0 && !sources.isDirect) {
      const { topic, progress = NO_PROGRESS } = this.options;
      const claims = progress.claims(topic, this.saved.partition);
      sources.forget(progress.forgotten());
      sources.takeClaims(claims, { at: atEnd ? readAt : null, offset: nextOffset });
      timed(sources.time);
    }
    this.#atEnd = atEnd && !sources.standsStill(readAt);
  }

  /** Without metadata where no writer has ever said its time. */
  checkpoint(): Checkpoint {
    const offset = this.#next;
    if (this.sources.isDirect) return { offset, metadata: '' };
    return { offset, metadata: JSON.stringify({ v: VERSION, next: offset, ...this.sources.snapshot() }) };
  }

  /** Where no writer knows its time nothing holds that of the stage's own readers, once all was read. */
  get stageTime(): StageTime {
    const { time } = this;
    if (time === null) return { time, atEnd: this.#atEnd };
    return Number.isFinite(time) ? { time, atEnd: this.#atEnd } : { time: null, atEnd: false };
  }
}
