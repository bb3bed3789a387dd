import type { TopicName } from '../../../../topics/names.js';
import { OUT_KEY_END, OUT_KEY_START, OUT_PLACES, type OutputBatch } from '../../../core/output-batch.js';
import type { StateChange } from '../../../core/stage.js';
import { TIME_HEADER } from '../../../wire/time-note.js';
import { partitionOf } from '../protocol/murmur2.js';
import { RecordSet } from '../protocol/record-set.js';
import type { PartitionRecords } from './transaction.js';

/** The record sets of one topic that are not full yet, by partition. */
interface OpenTopic {
  /** Physical. */
  readonly topic: string;
  readonly partitions: number;
  readonly sets: (RecordSet | undefined)[];
}

/** What a stage says of its time in one output topic: the values of headers (time-note.ts). */
export interface OutputNotes {
  /** For the last record of each partition. */
  readonly last: Buffer;
  /** For the last record of each record set before that. */
  readonly marker: Buffer;
}

/** Record sets kept for reuse, some megabytes; those of an unusually large commit are left to the garbage collector. */
const MAX_SPARE = 16;

/**
 * Distributes the records of one commit over record sets per partition, with Java's default partitioner.
 * The memory of the sets is reused for the next commit.
 */
export class PartitionedRecordSets {
  readonly #spare: RecordSet[] = [];
  readonly #topics = new Map<string, OpenTopic>();
  #sets: { topic: string; partition: number; set: RecordSet }[] = [];
  #keyless = 0;

  /**
   * @param prefix of physical topics
   * @param partitions number of partitions of a physical topic
   */
  constructor(
    private readonly prefix: string,
    private readonly partitions: (topic: string) => Promise<number>,
  ) {}

  async add(batch: OutputBatch): Promise<void> {
    // Records without a key go to one partition per batch, as with Java's sticky partitioner.
    this.#keyless += 1;
    let name: TopicName | null = null;
    let open: OpenTopic | null = null;
    for (let i = 0; i < batch.length; i++) {
      if (open === null || batch.topics[i] !== name) {
        name = batch.topics[i] as TopicName;
        open = this.#topics.get(this.prefix + name) ?? (await this.#open(name));
      }
      const key = batch.keys[i] as Buffer | null;
      const start = batch.places[i * OUT_PLACES + OUT_KEY_START] as number;
      const end = batch.places[i * OUT_PLACES + OUT_KEY_END] as number;
      const partition =
        key === null ? this.#keyless % open.partitions : partitionOf(key, open.partitions, start, end);
      if (!this.#set(open, partition).add(batch, i)) this.#newSet(open, partition).add(batch, i);
    }
  }

  /** Adds changelog entries to one partition. */
  async addChanges(name: TopicName, partition: number, changes: readonly StateChange[]): Promise<void> {
    const open = this.#topics.get(this.prefix + name) ?? (await this.#open(name));
    for (const { key: text, value } of changes) {
      const key = Buffer.from(text);
      const append = (set: RecordSet) =>
        set.append(key, 0, key.length, value, 0, value?.length ?? 0, null, 0, 0);
      if (!append(this.#set(open, partition))) append(this.#newSet(open, partition));
    }
  }

  /**
   * Gives the last record of every record set of these topics its time header. To be called once, after all
   * records were added and before the sets are written.
   */
  finishNotes(notes: ReadonlyMap<TopicName, OutputNotes>): void {
    for (const [name, { last, marker }] of notes) {
      const open = this.#topics.get(this.prefix + name);
      if (open === undefined) continue;
      for (const { topic, partition, set } of this.#sets)
        if (topic === open.topic)
          set.putLastHeader(TIME_HEADER, set === open.sets[partition] ? last : marker);
    }
  }

  /** What was added since `clear`, in order; several sets for a partition with many records. */
  get sets(): readonly PartitionRecords[] {
    return this.#sets;
  }

  /** To be called when all sets are written: their memory is reused. */
  clear(): void {
    for (const { set } of this.#sets) {
      set.clear();
      if (this.#spare.length < MAX_SPARE) this.#spare.push(set);
    }
    this.#sets = [];
    this.#topics.clear();
  }

  async #open(name: TopicName): Promise<OpenTopic> {
    const topic = this.prefix + name;
    const open = { topic, partitions: await this.partitions(topic), sets: [] };
    this.#topics.set(topic, open);
    return open;
  }

  #set(open: OpenTopic, partition: number): RecordSet {
    return open.sets[partition] ?? this.#newSet(open, partition);
  }

  #newSet(open: OpenTopic, partition: number): RecordSet {
    const set = this.#spare.pop() ?? new RecordSet();
    open.sets[partition] = set;
    this.#sets.push({ topic: open.topic, partition, set });
    return set;
  }
}
