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
 * for finding it. It belongs to the partition that it first came in, whose changelog has it, and is
 * forgotten when nothing of it has come for the idle time.
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

  constructor(private readonly maxSeries: number) {}

  get size(): number {
    return this.#table.size;
  }

  /** Tenants with series, or that had some. */
  get tenants(): number {
    return this.#numbers.size;
  }

  /** True for a known series, whose record came in at `time`. */
  touch(low: number, high: number, time: Millis): boolean {
    const entry = this.#table.find(low, high);
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
    const number = this.#numbers.get(tenant);
    if (number !== undefined && (this.#counts[number] as number) >= limit) return { scope: 'tenant', limit };
    if (limit === 0) return { scope: 'tenant', limit };
    if (this.size >= this.maxSeries) return { scope: 'process', limit: this.maxSeries };
    this.#add(low, high, tenant, partition, Math.floor(time / MINUTE_MS));
    return null;
  }

  /** Takes in a series from the changelog of a partition, whatever the limits. */
  restore(low: number, high: number, tenant: string, partition: number): void {
    if (this.#table.find(low, high) === NONE) this.#add(low, high, tenant, partition, JUST_RESTORED);
  }

  /** Forgets the series of a partition that have not been seen since `time`, and names them. */
  sweep(partition: number, now: Millis, idleMs: Millis): { low: number; high: number }[] {
    const oldest = Math.floor((now - idleMs) / MINUTE_MS);
    const gone: { low: number; high: number }[] = [];
    this.#keep((entry) => {
      if (this.#owners[entry] !== partition) return true;
      if (this.#seen[entry] === JUST_RESTORED) this.#seen[entry] = now / MINUTE_MS;
      if ((this.#seen[entry] as number) >= oldest) return true;
      gone.push({ low: this.#table.low(entry), high: this.#table.high(entry) });
      return false;
    });
    return gone;
  }

  /** Forgets the series of a partition that has gone, or begins anew from its changelog. */
  release(partition: number): void {
    this.#keep((entry) => this.#owners[entry] !== partition);
  }

  #add(low: number, high: number, tenant: string, partition: number, seen: number): void {
    if (this.size === this.#table.capacity) this.#renumber(everything(this.size), this.size * 2);
    let number = this.#numbers.get(tenant);
    if (number === undefined) {
      number = this.#names.push(tenant) - 1;
      this.#numbers.set(tenant, number);
      this.#counts.push(0);
    }
    const entry = this.size;
    this.#table.add(low, high, entry);
    this.#tenants[entry] = number;
    this.#seen[entry] = seen;
    this.#owners[entry] = partition;
    this.#counts[number] = (this.#counts[number] as number) + 1;
  }

  #keep(wanted: (entry: number) => boolean): void {
    const kept = everything(this.size).filter((entry) => {
      if (wanted(entry)) return true;
      const number = this.#tenants[entry] as number;
      this.#counts[number] = (this.#counts[number] as number) - 1;
      return false;
    });
    if (kept.length < this.size) this.#renumber(kept, this.#table.capacity);
  }

  #renumber(kept: Int32Array, capacity: number): void {
    this.#tenants = moved(this.#tenants, kept, capacity);
    this.#seen = moved(this.#seen, kept, capacity);
    this.#owners = moved(this.#owners, kept, capacity);
    this.#table.renumber(kept, capacity);
  }
}

function everything(count: number): Int32Array {
  const entries = new Int32Array(count);
  for (let i = 0; i < count; i++) entries[i] = i;
  return entries;
}
