import type { Millis } from '../../shared/core/clock.js';
import { KEY_SEPARATOR } from '../../shared/wire/series.js';
import { HashTable, moved } from './hash-table.js';

const MINUTE_MS = 60_000;
/** Of a series that was restored: seen when its partition is first asked for what is stale. */
const JUST_RESTORED = 0xffffffff;
const NONE = -1;
/** What counts as one series: tenant, metric and tags of a longer one take the room of several downstream. */
const BYTES_PER_SERIES = 1_024;

/** Why a new series is not taken. */
export interface SeriesRefusal {
  /** Of the tenant, or of the whole process. */
  readonly scope: 'tenant' | 'process';
  readonly limit: number;
  /** As how many it would count. */
  readonly weight: number;
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
 *
 * For its tenant a series counts once for each kilobyte that names it, see {@link weightOf}: here it is a hash, but
 * windows, detectors and sinks keep its name.
 */
export class LiveSeries {
  readonly #table = new HashTable();
  #tenants = new Uint32Array(this.#table.capacity);
  /** Minutes since the epoch. */
  #seen = new Uint32Array(this.#table.capacity);
  #owners = new Uint16Array(this.#table.capacity);
  #weights = new Uint16Array(this.#table.capacity);
  /** By number of a tenant; those without series are used again. */
  readonly #names: string[] = [];
  readonly #counts: number[] = [];
  readonly #free: number[] = [];
  readonly #numbers = new Map<string, number>();
  /** Those that series were taken in from. */
  readonly #partitions = new Set<number>();
  #distinct = 0;

  constructor(private readonly maxSeries: number) {}

  /** Series, those of several partitions counted once. */
  get size(): number {
    return this.#distinct;
  }

  /** Tenants with series. */
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
    weight = 1,
  ): SeriesRefusal | null {
    const count = this.#counts[this.#numbers.get(tenant) ?? -1] ?? 0;
    if (count + weight > limit && this.#elsewhere(low, high, partition) === NONE)
      return { scope: 'tenant', limit, weight };
    if (this.#table.size >= this.maxSeries) return { scope: 'process', limit: this.maxSeries, weight };
    this.#add(low, high, tenant, partition, Math.floor(time / MINUTE_MS), weight);
    return null;
  }

  /** Restores a series from the changelog of a partition, regardless of limits. */
  restore(low: number, high: number, value: string, partition: number): void {
    const [tenant = '', weight = '1'] = value.split(KEY_SEPARATOR);
    if (this.#table.find(low ^ mark(partition), high) === NONE)
      this.#add(low, high, tenant, partition, JUST_RESTORED, Number(weight));
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

  #add(low: number, high: number, tenant: string, partition: number, seen: number, ownWeight: number): void {
    const { size, capacity } = this.#table;
    if (size === capacity) this.#renumber(everything(size), size * 2);
    let number = this.#numbers.get(tenant);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#names.length;
      this.#names[number] = tenant;
      this.#numbers.set(tenant, number);
      this.#counts[number] = 0;
    }
    const other = this.#elsewhere(low, high, partition);
    const weight = other === NONE ? ownWeight : (this.#weights[other] as number);
    if (other === NONE) {
      this.#counts[number] = (this.#counts[number] as number) + weight;
      this.#distinct += 1;
    }
    this.#partitions.add(partition);
    const entry = size;
    this.#table.add(low ^ mark(partition), high, entry);
    this.#tenants[entry] = number;
    this.#seen[entry] = seen;
    this.#owners[entry] = partition;
    this.#weights[entry] = weight;
  }

  /** The series' entry of another partition, or -1. */
  #elsewhere(low: number, high: number, partition: number): number {
    for (const other of this.#partitions) {
      if (other === partition) continue;
      const entry = this.#table.find(low ^ mark(other), high);
      if (entry !== NONE) return entry;
    }
    return NONE;
  }

  /** Drops what is not wanted, all of one partition. */
  #keep(wanted: (entry: number) => boolean): void {
    const { size } = this.#table;
    const kept = everything(size).filter((entry) => {
      if (wanted(entry)) return true;
      const owner = this.#owners[entry] as number;
      if (this.#elsewhere(this.#table.low(entry) ^ mark(owner), this.#table.high(entry), owner) === NONE)
        this.#discount(this.#tenants[entry] as number, this.#weights[entry] as number);
      return false;
    });
    if (kept.length < size) this.#renumber(kept, this.#table.capacity);
  }

  #discount(number: number, weight: number): void {
    const left = (this.#counts[number] as number) - weight;
    this.#counts[number] = left;
    this.#distinct -= 1;
    if (left > 0) return;
    this.#numbers.delete(this.#names[number] as string);
    this.#free.push(number);
  }

  #renumber(kept: Int32Array, capacity: number): void {
    this.#tenants = moved(this.#tenants, kept, capacity);
    this.#seen = moved(this.#seen, kept, capacity);
    this.#owners = moved(this.#owners, kept, capacity);
    this.#weights = moved(this.#weights, kept, capacity);
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

/** As how many a series counts whose tenant, metric and tags take so many bytes. */
export function weightOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BYTES_PER_SERIES));
}

/** The value of a series in the changelog: its tenant, and its weight if it is not 1. */
export function changeValue(tenant: string, weight: number): Buffer {
  return Buffer.from(weight === 1 ? tenant : `${tenant}${KEY_SEPARATOR}${weight}`);
}

/** The key of a series in the changelog: its hash in 16 hexadecimal digits. */
export function changeKey(low: number, high: number): string {
  return hex(low) + hex(high);
}

export function readChangeKey(key: string): [low: number, high: number] {
  return [Number.parseInt(key.slice(0, 8), 16) | 0, Number.parseInt(key.slice(8, 16), 16) | 0];
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
