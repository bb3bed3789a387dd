import type { Millis } from '../../shared/core/clock.js';
import { HashTable, moved } from './hash-table.js';

const MINUTE_MS = 60_000;
/** Of a series that was restored: seen when its partition is first asked for what is stale. */
const JUST_RESTORED = 0xffffffff;
const NONE = -1;

/** Why a new series is not taken. */
export interface SeriesRefusal {
  /** Of the tenant, or of the whole process. */
  readonly scope: 'tenant' | 'process';
  readonly limit: number;
}

/**
 * The series that send, counted per tenant over all partitions that this process holds: a new one
 * beyond the limit is refused, known ones flow on.
 *
 * A series is a 64-bit hash of tenant, metric and tags (two of n series are taken for one with a
 * probability of about n^2 / 2^65, 3 in 10^8 for a million), 20 bytes in typed arrays and 8 to 16
 * for finding it. One that comes in several partitions is kept for each of them, since each has its
 * own changelog and may go to another worker without the others; for its tenant it counts once. In a
 * partition it is forgotten when nothing of it has come there for the idle time.
 */
export class LiveSeries {
  readonly #table = new HashTable();
  #tenants = new Uint32Array(this.#table.capacity);
  /** Minutes since the epoch. */
  #seen = new Uint32Array(this.#table.capacity);
  #owners = new Uint16Array(this.#table.capacity);
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #counts: number[] = [];
  /** Those that series were taken in from. */
  readonly #partitions = new Set<number>();
  #distinct = 0;

  constructor(private readonly maxSeries: number) {}

  /** Series, those of several partitions counted once. */
  get size(): number {
    return this.#distinct;
  }

  /** Tenants with series, or that had some. */
  get tenants(): number {
    return this.#numbers.size;
  }

  /** True for a series that the partition knows, whose record came in at `time`. */
  touch(low: number, high: number, partition: number, time: Millis): boolean {
    const entry = this.#table.find(low ^ mark(partition), high);
    if (entry === NONE) return false;
    this.#seen[entry] = time / MINUTE_MS;
    return true;
  }

  /** Takes in a series that `touch` does not know, unless a limit is reached. */
  admit(
    low: number,
    high: number,
    tenant: string,
    limit: number,
    partition: number,
    time: Millis,
  ): SeriesRefusal | null {
    const count = this.#counts[this.#numbers.get(tenant) ?? -1] ?? 0;
    if (count >= limit && !this.#isElsewhere(low, high, partition)) return { scope: 'tenant', limit };
    if (this.#table.size >= this.maxSeries) return { scope: 'process', limit: this.maxSeries };
    this.#add(low, high, tenant, partition, Math.floor(time / MINUTE_MS));
    return null;
  }

  /** Restores a series from the changelog of a partition, regardless of limits. */
  restore(low: number, high: number, tenant: string, partition: number): void {
    if (this.#table.find(low ^ mark(partition), high) === NONE)
      this.#add(low, high, tenant, partition, JUST_RESTORED);
  }

  /** Forgets the series of a partition that have not been seen since `time`, and names them. */
  sweep(partition: number, now: Millis, idleMs: Millis): { low: number; high: number }[] {
    const oldest = Math.floor((now - idleMs) / MINUTE_MS);
    const gone: { low: number; high: number }[] = [];
    this.#keep((entry) => {
      if (this.#owners[entry] !== partition) return true;
      if (this.#seen[entry] === JUST_RESTORED) this.#seen[entry] = now / MINUTE_MS;
      if ((this.#seen[entry] as number) >= oldest) return true;
      gone.push({ low: this.#table.low(entry) ^ mark(partition), high: this.#table.high(entry) });
      return false;
    });
    return gone;
  }

  /** Forgets the series of a partition that has gone, or begins anew from its changelog. */
  release(partition: number): void {
    this.#keep((entry) => this.#owners[entry] !== partition);
    this.#partitions.delete(partition);
  }

  #add(low: number, high: number, tenant: string, partition: number, seen: number): void {
    const { size, capacity } = this.#table;
    if (size === capacity) this.#renumber(everything(size), size * 2);
    let number = this.#numbers.get(tenant);
    if (number === undefined) {
      number = this.#names.push(tenant) - 1;
      this.#numbers.set(tenant, number);
      this.#counts.push(0);
    }
    if (!this.#isElsewhere(low, high, partition)) {
      this.#counts[number] = (this.#counts[number] as number) + 1;
      this.#distinct += 1;
    }
    this.#partitions.add(partition);
    const entry = size;
    this.#table.add(low ^ mark(partition), high, entry);
    this.#tenants[entry] = number;
    this.#seen[entry] = seen;
    this.#owners[entry] = partition;
  }

  /** Whether another partition has the series too. */
  #isElsewhere(low: number, high: number, partition: number): boolean {
    for (const other of this.#partitions)
      if (other !== partition && this.#table.find(low ^ mark(other), high) !== NONE) return true;
    return false;
  }

  /** Drops what is not wanted, all of one partition. */
  #keep(wanted: (entry: number) => boolean): void {
    const { size } = this.#table;
    const kept = everything(size).filter((entry) => {
      if (wanted(entry)) return true;
      const [number, owner] = [this.#tenants[entry] as number, this.#owners[entry] as number];
      if (!this.#isElsewhere(this.#table.low(entry) ^ mark(owner), this.#table.high(entry), owner)) {
        this.#counts[number] = (this.#counts[number] as number) - 1;
        this.#distinct -= 1;
      }
      return false;
    });
    if (kept.length < size) this.#renumber(kept, this.#table.capacity);
  }

  #renumber(kept: Int32Array, capacity: number): void {
    this.#tenants = moved(this.#tenants, kept, capacity);
    this.#seen = moved(this.#seen, kept, capacity);
    this.#owners = moved(this.#owners, kept, capacity);
    this.#table.renumber(kept, capacity);
  }
}

/** Distinguishes the entries of one series in several partitions: a factor with bits all over (2^32 over the golden ratio). */
function mark(partition: number): number {
  return Math.imul(partition + 1, 0x9e3779b1);
}

function everything(count: number): Int32Array {
  const entries = new Int32Array(count);
  for (let i = 0; i < count; i++) entries[i] = i;
  return entries;
}

/** The key of a series in the changelog: its hash in 16 hexadecimal digits. The value is its tenant. */
export function changeKey(low: number, high: number): string {
  return hex(low) + hex(high);
}

export function readChangeKey(key: string): [low: number, high: number] {
  return [Number.parseInt(key.slice(0, 8), 16) | 0, Number.parseInt(key.slice(8, 16), 16) | 0];
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
