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
  /** Of the tenant, or of the whole process; `uncounted`: nobody knows how many there are of the tenant. */
  readonly scope: 'tenant' | 'process' | 'uncounted';
  readonly limit: number;
  /** As how many it would count. */
  readonly weight: number;
}

/** What becomes of a new series of a tenant. */
export type Room = 'in' | 'full' | 'uncounted' | 'ask';

/** A new series, and what its tenant has. */
export interface RoomRequest {
  readonly tenant: string;
  readonly partition: number;
  /** As how many it counts. */
  readonly weight: number;
  /** Of the tenant: counted in the partition, and in the whole process. */
  readonly inPartition: number;
  readonly inProcess: number;
  /** Most of the tenant, in all processes. */
  readonly limit: number;
}

/** Decides whether a tenant has room for a new series. */
export interface SeriesRoom {
  /** `ask`: it is not known, and will be once who asks for it has waited. */
  decide(request: RoomRequest): Room;
}

/** Of a process that is the only one. */
export const OWN_ROOM: SeriesRoom = {
  decide: ({ inProcess, weight, limit }) => (inProcess + weight > limit ? 'full' : 'in'),
};

/** What a partition has of tenants: of a series that is in several of the process, one counts it. */
export class PartitionSeries {
  readonly counts = new Map<string, number>();
  /** Tenants whose count has changed since somebody emptied this. */
  readonly changed = new Set<string>();

  add(tenant: string, weight: number): void {
    const count = (this.counts.get(tenant) ?? 0) + weight;
    if (count === 0) this.counts.delete(tenant);
    else this.counts.set(tenant, count);
    this.changed.add(tenant);
  }
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
  /** Whether the entry is the one of its series that counts. */
  #counting = new Uint8Array(this.#table.capacity);
  readonly #partitions = new Map<number, PartitionSeries>();
  #distinct = 0;

  constructor(
    private readonly maxSeries: number,
    private readonly room: SeriesRoom = OWN_ROOM,
  ) {}

  /** Series, those of several partitions counted once. */
  get size(): number {
    return this.#distinct;
  }

  /** Tenants with series. */
  get tenants(): number {
    return this.#numbers.size;
  }

  /** Those that are open. */
  get partitions(): ReadonlyMap<number, PartitionSeries> {
    return this.#partitions;
  }

  /** Begins with a partition, anew after {@link release}. */
  open(partition: number): PartitionSeries {
    let known = this.#partitions.get(partition);
    if (known === undefined) {
      known = new PartitionSeries();
      this.#partitions.set(partition, known);
    }
    return known;
  }

  /** True for a series that the partition knows. */
  knows(low: number, high: number, partition: number): boolean {
    return this.#table.find(low ^ mark(partition), high) !== NONE;
  }

  /** True for a series that the partition knows, whose record came in at `time`. */
  touch(low: number, high: number, partition: number, time: Millis): boolean {
    const entry = this.#table.find(low ^ mark(partition), high);
    if (entry === NONE) return false;
    this.#seen[entry] = time / MINUTE_MS;
    return true;
  }

  /** Takes in a series that `touch` does not know, unless a limit is reached, or somebody has to be asked first. */
  admit(
    low: number,
    high: number,
    tenant: string,
    limit: number,
    partition: number,
    time: Millis,
    weight = 1,
  ): SeriesRefusal | 'ask' | null {
    const room = this.roomFor(low, high, tenant, limit, partition, weight);
    if (room === 'ask') return room;
    if (room !== 'in') return { scope: room === 'full' ? 'tenant' : room, limit, weight };
    if (this.#table.size >= this.maxSeries) return { scope: 'process', limit: this.maxSeries, weight };
    this.#add(low, high, tenant, partition, Math.floor(time / MINUTE_MS), weight);
    return null;
  }

  /**
   * Whether there is room for a series that `touch` does not know.
   *
   * @param before what others count as that come before it
   */
  roomFor(
    low: number,
    high: number,
    tenant: string,
    limit: number,
    partition: number,
    weight: number,
    before = 0,
  ): Room {
    if (this.#elsewhere(low, high, partition) !== NONE) return 'in';
    const inProcess = this.#counts[this.#numbers.get(tenant) ?? -1] ?? 0;
    const inPartition = this.#partitions.get(partition)?.counts.get(tenant) ?? 0;
    return this.room.decide({ tenant, partition, weight: before + weight, inPartition, inProcess, limit });
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
    const own = this.open(partition);
    if (other === NONE) {
      this.#counts[number] = (this.#counts[number] as number) + weight;
      this.#distinct += 1;
      own.add(tenant, weight);
    }
    const entry = size;
    this.#counting[entry] = other === NONE ? 1 : 0;
    this.#table.add(low ^ mark(partition), high, entry);
    this.#tenants[entry] = number;
    this.#seen[entry] = seen;
    this.#owners[entry] = partition;
    this.#weights[entry] = weight;
  }

  /** The series' entry of another partition, or -1. */
  #elsewhere(low: number, high: number, partition: number): number {
    for (const other of this.#partitions.keys()) {
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
      this.#drop(entry);
      return false;
    });
    if (kept.length < size) this.#renumber(kept, this.#table.capacity);
  }

  /** Takes it out of what is counted; another entry of the series counts from now on if there is one. */
  #drop(entry: number): void {
    if (this.#counting[entry] === 0) return;
    const number = this.#tenants[entry] as number;
    const tenant = this.#names[number] as string;
    const weight = this.#weights[entry] as number;
    const owner = this.#owners[entry] as number;
    this.#partitions.get(owner)?.add(tenant, -weight);
    const other = this.#elsewhere(this.#table.low(entry) ^ mark(owner), this.#table.high(entry), owner);
    if (other === NONE) this.#discount(number, weight);
    else {
      this.#counting[other] = 1;
      this.#partitions.get(this.#owners[other] as number)?.add(tenant, weight);
    }
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
    this.#counting = moved(this.#counting, kept, capacity);
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
