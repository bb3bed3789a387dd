import type { OutputRecord } from '../../core/stage.js';
import { partitionOf } from './protocol/murmur2.js';
import type { WritableRecord } from './protocol/record-set.js';
import type { PartitionRecords } from './transaction.js';

/** Below the 1 MiB that topics allow a record batch by default. */
const MAX_SET_BYTES = 786_432;
/** Keys whose bytes and partition are kept; all are forgotten at the bound. */
const MAX_KEYS = 10_000;
/** A record's own overhead, roughly. */
const RECORD_BYTES = 24;

interface Key {
  readonly bytes: Buffer;
  readonly hash: number;
}

interface OpenSet extends PartitionRecords {
  readonly records: WritableRecord[];
  bytes: number;
}

/** Puts the records of one commit into record sets per partition, with Java's default partitioner. */
export class Partitioned {
  readonly #keys = new Map<string, Key>();
  #keyless = 0;
  #open = new Map<string, OpenSet>();
  #done: PartitionRecords[] = [];

  /** @param partitions number of partitions of a physical topic */
  async add(
    records: readonly OutputRecord[],
    prefix: string,
    partitions: (topic: string) => Promise<number>,
  ): Promise<void> {
    const counts = new Map<string, number>();
    // Records without a key go to one partition per commit, as Java's sticky partitioner has it.
    this.#keyless += 1;
    for (const { topic, key: text, value, headers } of records) {
      let count = counts.get(topic);
      if (count === undefined) {
        count = await partitions(prefix + topic);
        counts.set(topic, count);
      }
      const key = this.#keyOf(text);
      const partition = key === null ? this.#keyless % count : key.hash % count;
      this.append(prefix + topic, partition, { key: key?.bytes ?? null, value, headers });
    }
  }

  /** Adds a record to a partition of a physical topic. */
  append(topic: string, partition: number, record: WritableRecord): void {
    const size = (record.value?.length ?? 0) + (record.key?.length ?? 0) + RECORD_BYTES;
    const place = `${topic}[${partition}]`;
    let set = this.#open.get(place);
    if (set === undefined || set.bytes + size > MAX_SET_BYTES) {
      set = { topic, partition, records: [], bytes: 0 };
      this.#open.set(place, set);
      this.#done.push(set);
    }
    set.bytes += size;
    set.records.push(record);
  }

  /**
   * What was added since the last call: sets in order, several for one partition where it has more
   * than about 768 KiB.
   */
  take(): readonly PartitionRecords[] {
    const sets = this.#done;
    this.#done = [];
    this.#open = new Map();
    return sets;
  }

  #keyOf(key: OutputRecord['key']): Key | null {
    if (key === null) return null;
    if (typeof key !== 'string') return hashed(key);
    let known = this.#keys.get(key);
    if (known === undefined) {
      if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
      known = hashed(Buffer.from(key));
      this.#keys.set(key, known);
    }
    return known;
  }
}

function hashed(bytes: Buffer): Key {
  return { bytes, hash: partitionOf(bytes, 2 ** 31) };
}
