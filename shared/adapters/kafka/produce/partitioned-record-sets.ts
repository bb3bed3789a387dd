import type { TopicName } from '../../../../topics/names.js';
import {
  OUT_KEY_END,
  OUT_KEY_START,
  OUT_PLACES,
  OUT_VALUE_END,
  OUT_VALUE_START,
  type OutputBatch,
} from '../../../core/output-batch.js';
import { partitionKey } from '../../../core/partition-key.js';
import type { StateChange } from '../../../core/stage.js';
import type { RefusedRecord } from '../../../ports/log.js';
import { TIME_HEADER } from '../../../wire/time-note.js';
import { AnswerError, OF_RECORDS, TOO_LARGE } from '../protocol/answers.js';
import { partitionOf } from '../protocol/murmur2.js';
import { MAX_SET_BYTES, type PartitionRecords, RecordSet } from '../protocol/record-set.js';
import type { RefusedSet } from './record-writer.js';

/** The record sets of one topic that are not full yet, by partition. */
interface OpenTopic {
  /** Physical. */
  readonly topic: string;
  readonly partitions: number;
  readonly sets: (RecordSet | undefined)[];
}

/** A batch that was added, and what decides on the partition of its records without a key. */
interface Added {
  readonly batch: OutputBatch;
  readonly keyless: number;
}

/** What a stage says of its time in one output topic: the values of headers (time-note.ts). */
export interface OutputNotes {
  /** For the last record of each partition. */
  readonly last: Buffer;
  /** For the last record of each record set before that. */
  readonly marker: Buffer;
}

/** Memory of record sets kept for reuse; that of an unusually large commit is left to the garbage collector. */
const MAX_SPARE_BYTES = 16_777_216;

/**
 * Distributes the records of one commit over record sets per partition, with Java's default partitioner.
 * The memory of the sets is reused for the next commit.
 */
export class PartitionedRecordSets {
  readonly #spare: RecordSet[] = [];
  #spareBytes = 0;
  readonly #topics = new Map<string, OpenTopic>();
  #sets: PartitionRecords[] = [];
  #added: Added[] = [];
  #keyless = 0;
  /** Of topics that take no sets of the usual size. */
  readonly #maxBytes = new Map<string, number>();

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
    this.#added.push({ batch, keyless: this.#keyless });
    let name: TopicName | null = null;
    let open: OpenTopic | null = null;
    for (let i = 0; i < batch.length; i++) {
      if (open === null || batch.topics[i] !== name) {
        name = batch.topics[i] as TopicName;
        open = this.#topics.get(this.prefix + name) ?? (await this.#open(name));
      }
      const partition = partitionOfRecord(batch, i, open.partitions, this.#keyless);
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

  /**
   * Which records are behind it that sets were refused: those that the broker blames, or what a set has that holds
   * only one. Of a set that is too large and has several, the next ones for its topic are half as large.
   *
   * @returns `smaller`: some will be, and the same content may be sent again
   */
  refused(sets: readonly RefusedSet[]): {
    readonly records: readonly RefusedRecord[];
    readonly smaller: boolean;
  } {
    const records: RefusedRecord[] = [];
    let smaller = false;
    for (const refused of sets) {
      const { topic, partition, set, code, blamed } = refused;
      // Others, as that we may not write to the topic, say nothing of records.
      if (!OF_RECORDS.has(code)) continue;
      if (TOO_LARGE.has(code) && set.count > 1) {
        this.#maxBytes.set(topic, Math.floor(set.bytes / 2));
        smaller = true;
        continue;
      }
      const places = set.count > 1 ? blamed : [{ index: 0, message: blamed[0]?.message ?? '' }];
      for (const { index, message } of places) {
        const found = this.#find(refused, index);
        const why = new AnswerError(code, `writing to ${partitionKey({ topic, partition })}`, message)
          .message;
        if (found !== null) records.push({ ...found, message: `${why}; ${sizeOf(found)}` });
      }
    }
    return { records, smaller };
  }

  /** Of the records of a batch that was added, those that are in none of these sets; slow. */
  missingFrom(batch: OutputBatch, written: ReadonlySet<RecordSet>): Set<number> {
    const missing = new Set<number>();
    const { keyless } = this.#added.find((added) => added.batch === batch) as Added;
    /** By partition: its sets, and how many records are left in the first of them. */
    const places = new Map<string, { sets: RecordSet[]; left: number }>();
    for (const { topic, partition, set } of this.#sets) {
      const key = partitionKey({ topic, partition });
      const place = places.get(key);
      if (place === undefined) places.set(key, { sets: [set], left: set.count });
      else place.sets.push(set);
    }
    for (let i = 0; i < batch.length; i++) {
      const topic = this.prefix + batch.topics[i];
      const { partitions } = this.#topics.get(topic) as OpenTopic;
      const partition = partitionOfRecord(batch, i, partitions, keyless);
      const place = places.get(partitionKey({ topic, partition })) as { sets: RecordSet[]; left: number };
      if (place.left === 0) {
        place.sets.shift();
        place.left = (place.sets[0] as RecordSet).count;
      }
      place.left -= 1;
      if (!written.has(place.sets[0] as RecordSet)) missing.add(i);
    }
    return missing;
  }

  /** What was added since `clear`, in order; several sets for a partition with many records. */
  get sets(): readonly PartitionRecords[] {
    return this.#sets;
  }

  /** To be called when all sets are written: their memory is reused. */
  clear(): void {
    for (const { set } of this.#sets) {
      set.clear();
      if (this.#spareBytes + set.capacity > MAX_SPARE_BYTES) continue;
      this.#spare.push(set);
      this.#spareBytes += set.capacity;
    }
    this.#sets = [];
    this.#added = [];
    this.#topics.clear();
  }

  /** The output that is a set's record with this index; null for a change of state. */
  #find(wanted: PartitionRecords, index: number): Pick<RefusedRecord, 'batch' | 'index'> | null {
    const open = this.#topics.get(wanted.topic);
    if (open === undefined) return null;
    let left = index;
    for (const { topic, partition, set } of this.#sets) {
      if (set === wanted.set) break;
      if (topic === wanted.topic && partition === wanted.partition) left += set.count;
    }
    for (const { batch, keyless } of this.#added)
      for (let i = 0; i < batch.length; i++)
        if (
          this.prefix + batch.topics[i] === wanted.topic &&
          partitionOfRecord(batch, i, open.partitions, keyless) === wanted.partition &&
          left-- === 0
        )
          return { batch, index: i };
    return null;
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
    const spare = this.#spare.pop();
    this.#spareBytes -= spare?.capacity ?? 0;
    const set = spare ?? new RecordSet();
    set.maxBytes = this.#maxBytes.get(open.topic) ?? MAX_SET_BYTES;
    open.sets[partition] = set;
    this.#sets.push({ topic: open.topic, partition, set });
    return set;
  }
}

function partitionOfRecord(
  { keys, places }: OutputBatch,
  index: number,
  partitions: number,
  keyless: number,
): number {
  const key = keys[index] as Buffer | null;
  if (key === null) return keyless % partitions;
  const place = index * OUT_PLACES;
  return partitionOf(
    key,
    partitions,
    places[place + OUT_KEY_START] as number,
    places[place + OUT_KEY_END] as number,
  );
}

function sizeOf({ batch: { places }, index }: Pick<RefusedRecord, 'batch' | 'index'>): string {
  const place = index * OUT_PLACES;
  const bytes = (places[place + OUT_VALUE_END] as number) - (places[place + OUT_VALUE_START] as number);
  return `the value has ${bytes} bytes`;
}
