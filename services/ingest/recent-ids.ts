import type { Millis } from '../../shared/core/clock.js';
import { HashTable, moved } from './hash-table.js';

/** What {@link RecentIds.look} finds of a record: its id is taken, free, or its own already. */
export const DUPLICATE = 0;
export const FIRST = 1;
const THE_SAME = 2;

/** Hashes of tenants. */
const TENANTS = 4_096;
/** A tenant with more than one in so many of the ids loses its own first. */
const SHARE = 8;
/** So many of others are passed over for one of these at once. */
const MOST_SPARED = 32;

/** No entry. */
const NONE = -1;

/**
 * The ids that were accepted within the last `windowMs` of arrival time, shared by all partitions
 * that this process holds, so that a duplicate is also found when its producer wrote it to another
 * partition.
 *
 * An id belongs to the record that was accepted for it: the same record read again (after a
 * restart, or a commit that failed) is no duplicate of itself. Within a partition this is exact. A
 * record that was read again after a restart compares its id with its own partition only: it may
 * itself have been dropped in favour of a record in another partition whose output was not yet
 * committed, and a duplicate does less harm than a loss.
 *
 * Ids are kept as 64-bit hashes in typed arrays, 24 bytes each and 8 to 16 for finding them. Two
 * ids of one hash are taken for one: with n ids remembered, a new id meets that with a probability
 * of n / 2^64, so at 10,000 records a second and the 6 million ids of ten minutes about once in
 * ten years.
 *
 * Memory is bounded by `maxIds`; at the bound the oldest are forgotten early, and `evicted` counts
 * them: first those of tenants that have more than a {@link SHARE}th of all, so that one that sends very much does not
 * shorten the window of the others.
 */
export class RecentIds {
  readonly #table = new HashTable();
  /** Entries are a ring in order of acceptance: number `#first` is the oldest of `#used`. */
  #first = 0;
  #used = 0;
  /** In full: an id may stay here for longer than any number of 32 bits counts milliseconds. */
  #arrivals = new Float64Array(this.#table.capacity);
  /** Modulo 2^32: the log of a window is shorter. */
  #offsets = new Uint32Array(this.#table.capacity);
  /** Twice the partition, plus 1 when the log was read again; or {@link SUPERSEDED}. */
  #origins = new Uint16Array(this.#table.capacity);
  /** By a hash of the tenant, which two may share; entries, and how many each has. */
  #tenants = new Uint16Array(this.#table.capacity);
  readonly #ofTenant = new Uint32Array(TENANTS);
  /** Tenants with more than their share. */
  #large = 0;
  /** Up to when each partition has been read: an id is only old once it is so for all of them. */
  readonly #clocks = new Map<number, Millis>();
  /** Of the clocks; infinite when there is none. */
  #oldest = Number.POSITIVE_INFINITY;
  /** How many clocks show it. */
  #atOldest = 0;
  evicted = 0;
  /** Of the id that was accepted last, and the youngest of those that were forgotten early. */
  #newest: Millis = Number.NEGATIVE_INFINITY;
  #forgotten: Millis = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly windowMs: Millis,
    private readonly maxIds: number,
  ) {}

  get size(): number {
    return this.#table.size;
  }

  /** How far back ids are remembered at the moment; the window, or less at the bound of memory. */
  get reachMs(): Millis {
    if (this.#used < this.maxIds) return this.windowMs;
    return Math.min(this.windowMs, Math.max(0, this.#newest - this.#forgotten - 1));
  }

  /** The partition has been read up to records that arrived at `time`. */
  clock(partition: number, time: Millis): void {
    const before = this.#clocks.get(partition);
    if (before !== undefined && time <= before) return;
    this.#clocks.set(partition, time);
    if (before === this.#oldest) this.#atOldest -= 1;
    // Each batch of each partition comes here: only the last one that leaves it makes another clock the oldest.
    if (before === undefined || this.#atOldest === 0) this.#findOldest();
  }

  /**
   * The partition has gone, or begins anew. What it accepted last may never be committed, or be dropped
   * elsewhere: its ids hold against others no longer.
   */
  release(partition: number): void {
    this.#clocks.delete(partition);
    this.#findOldest();
    const { length } = this.#arrivals;
    for (let i = 0; i < this.#used; i++) {
      const entry = (this.#first + i) % length;
      const origin = this.#origins[entry] as number;
      if (origin !== SUPERSEDED && origin >>> 1 === partition) this.#origins[entry] = origin | 1;
    }
  }

  /** Whether another record with this id was accepted within the window. */
  look(
    low: number,
    high: number,
    partition: number,
    offset: number,
    arrival: Millis,
    replayed: boolean,
  ): typeof DUPLICATE | typeof FIRST | typeof THE_SAME {
    const entry = this.#table.find(low, high);
    if (entry === NONE) return FIRST;
    if (arrival - (this.#arrivals[entry] as number) > this.windowMs) return FIRST;
    const origin = this.#origins[entry] as number;
    if (origin >>> 1 === partition) {
      const ahead = ((this.#offsets[entry] as number) - offset) >>> 0;
      if (ahead === 0) return THE_SAME;
      // What comes after a record was accepted when the partition was read before: the record is first again.
      return ahead < 2 ** 31 ? FIRST : DUPLICATE;
    }
    return !replayed && (origin & 1) === 1 ? FIRST : DUPLICATE;
  }

  /** Remembers the id of a record that is first; `tenant` is a hash of whose it is. */
  add(
    low: number,
    high: number,
    tenant: number,
    partition: number,
    offset: number,
    arrival: Millis,
    replayed: boolean,
  ): void {
    this.#expire();
    const before = this.#table.find(low, high);
    if (before !== NONE) {
      this.#drop(before);
      this.#origins[before] = SUPERSEDED;
    }
    if (this.#used === this.#arrivals.length) this.#grow();
    const origin = partition * 2 + (replayed ? 1 : 0);
    this.#put(low, high, tenant & (TENANTS - 1), arrival, offset % 2 ** 32, origin);
    this.#newest = Math.max(this.#newest, arrival);
  }

  /** Takes the last place of the ring. */
  #put(low: number, high: number, tenant: number, arrival: Millis, offset: number, origin: number): void {
    const entry = (this.#first + this.#used) % this.#arrivals.length;
    this.#table.add(low, high, entry);
    this.#arrivals[entry] = arrival;
    this.#offsets[entry] = offset;
    this.#origins[entry] = origin;
    this.#tenants[entry] = tenant;
    this.#count(tenant, 1);
    this.#used += 1;
  }

  #drop(entry: number): void {
    this.#table.delete(entry);
    this.#count(this.#tenants[entry] as number, -1);
  }

  #count(tenant: number, by: 1 | -1): void {
    const before = this.#isLarge(tenant);
    this.#ofTenant[tenant] = (this.#ofTenant[tenant] as number) + by;
    if (this.#isLarge(tenant) !== before) this.#large += by;
  }

  #isLarge(tenant: number): boolean {
    return (this.#ofTenant[tenant] as number) * SHARE > this.maxIds;
  }

  #findOldest(): void {
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const time of this.#clocks.values()) {
      if (time < this.#oldest) this.#atOldest = 0;
      this.#oldest = Math.min(this.#oldest, time);
      if (time === this.#oldest) this.#atOldest += 1;
    }
  }

  #expire(): void {
    const oldest = this.#oldest;
    let spared = 0;
    while (this.#used > 0) {
      const entry = this.#first;
      const origin = this.#origins[entry] as number;
      const arrival = this.#arrivals[entry] as number;
      const isOld = Number.isFinite(oldest) && oldest - arrival > this.windowMs;
      const isHeld = origin !== SUPERSEDED;
      if (isHeld && !isOld && this.#used < this.maxIds) return;
      this.#first = (entry + 1) % this.#arrivals.length;
      this.#used -= 1;
      if (!isHeld) continue;
      const [low, high] = [this.#table.low(entry), this.#table.high(entry)];
      const tenant = this.#tenants[entry] as number;
      const isSpared = this.#large > 0 && !this.#isLarge(tenant) && spared++ < MOST_SPARED;
      this.#drop(entry);
      if (isOld) continue;
      if (isSpared) {
        this.#put(low, high, tenant, arrival, this.#offsets[entry] as number, origin);
        continue;
      }
      this.evicted += 1;
      this.#forgotten = Math.max(this.#forgotten, arrival);
    }
  }

  #grow(): void {
    const { length } = this.#arrivals;
    const order = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      const entry = (this.#first + i) % length;
      if (this.#origins[entry] !== SUPERSEDED) order[count++] = entry;
    }
    const kept = order.subarray(0, count);
    const capacity = Math.min(length * 2, Math.max(length, this.maxIds));
    this.#arrivals = moved(this.#arrivals, kept, capacity);
    this.#offsets = moved(this.#offsets, kept, capacity);
    this.#origins = moved(this.#origins, kept, capacity);
    this.#tenants = moved(this.#tenants, kept, capacity);
    this.#table.renumber(kept, capacity);
    this.#first = 0;
    this.#used = kept.length;
  }
}

/** Another record has taken the id over: the place in the ring is all that is left. */
const SUPERSEDED = 0xffff;

interface Mark {
  readonly offset: number;
  readonly arrival: Millis;
}

/**
 * Finds the offset from which the log has to be read again to know all ids of the last `windowMs`:
 * one mark for each stretch of arrival time instead of one per record.
 */
export class ReplayMarks {
  readonly #marks: Mark[] = [];
  readonly #everyMs: Millis;

  constructor(private readonly windowMs: Millis) {
    this.#everyMs = Math.max(1, windowMs / 600);
  }

  /** A record at `offset` arrived at `arrival`. */
  pass(offset: number, arrival: Millis): void {
    const last = this.#marks[this.#marks.length - 1];
    if (last === undefined || arrival - last.arrival >= this.#everyMs) this.#marks.push({ offset, arrival });
    // The mark before the first one inside the window still covers records inside it.
    while (this.#marks[1] !== undefined && this.#marks[1].arrival < arrival - this.windowMs)
      this.#marks.shift();
  }

  /** The replay-safe offset, or `next` when nothing has passed. */
  offset(next: number): number {
    return this.#marks[0]?.offset ?? next;
  }
}
