import type { Millis } from '../core/clock.js';
import type { OpenPartition } from './open-partition.js';

/** What may wait for a commit, in all; while more waits, no partition takes another step. */
const MAX_BYTES = 8_388_608;
const MAX_RECORDS = 50_000;
/** So many times as much while a partition is behind: fewer and larger transactions catch up faster. */
const BEHIND_FACTOR = 4;

/** What waits for a commit, of one partition or of all. */
interface Waiting {
  bytes: number;
  records: number;
}

interface Totals extends Waiting {
  /** Time of the oldest step; null when there is none. */
  since: Millis | null;
  /** Some step has something to write besides the offset. */
  hasOutput: boolean;
}

/**
 * What all open partitions have to commit, kept up to date from step to step: each of them asks for it in each of its
 * turns, which would be n² looks at n partitions.
 */
export class CommitBacklog {
  /** Null when it has to be counted anew. */
  #totals: Totals | null = null;
  /** What the totals have of each partition. */
  readonly #counted = new Map<OpenPartition, Waiting>();

  /** @param counts false for those that are left out for the time being */
  constructor(
    private readonly open: ReadonlySet<OpenPartition>,
    private readonly counts: (partition: OpenPartition) => boolean,
  ) {}

  get totals(): Readonly<Totals> {
    if (this.#totals === null) {
      this.#totals = { bytes: 0, records: 0, since: null, hasOutput: false };
      this.#counted.clear();
      for (const partition of this.open) if (this.counts(partition)) this.#count(partition, this.#totals);
    }
    return this.#totals;
  }

  /** So much waits that no further step may be taken. */
  get full(): boolean {
    if (!this.#exceeds(1)) return false;
    return this.#exceeds(BEHIND_FACTOR) || !this.#some(({ behind }) => behind);
  }

  /** Some of it is of partitions that have nothing more to read. */
  get live(): boolean {
    return this.#some(({ pending, behind }) => pending.since !== null && !behind);
  }

  /** An open partition has taken steps. */
  grew(partition: OpenPartition): void {
    if (this.#totals !== null && this.counts(partition)) this.#count(partition, this.#totals);
  }

  /** There are others now, or other ones count, or some have given up what they had. */
  changed(): void {
    this.#totals = null;
  }

  #exceeds(factor: number): boolean {
    const { bytes, records } = this.totals;
    return bytes >= MAX_BYTES * factor || records >= MAX_RECORDS * factor;
  }

  #some(is: (partition: OpenPartition) => boolean): boolean {
    for (const partition of this.open) if (is(partition) && this.counts(partition)) return true;
    return false;
  }

  #count(partition: OpenPartition, totals: Totals): void {
    const { bytes, records, since, hasOutput } = partition.pending;
    const counted = this.#counted.get(partition) ?? { bytes: 0, records: 0 };
    totals.bytes += bytes - counted.bytes;
    totals.records += records - counted.records;
    this.#counted.set(partition, { bytes, records });
    if (since === null) return;
    if (totals.since === null || since < totals.since) totals.since = since;
    totals.hasOutput ||= hasOutput;
  }
}
