import type { Millis } from '../../../shared/core/clock.js';
import { ByteTable } from '../../../shared/wire/byte-table.js';

export interface SeriesCacheLimits {
  readonly maxBytes: number;
  /** Of one tenant, over all formats. */
  readonly maxTenantBytes: number;
}

/** Of keys that are looked up, and of memory, in one format of all tenants. */
export interface SeriesCacheCounts {
  hits: number;
  misses: number;
  evicted: number;
  bytes: number;
}

/** What is kept under a key. */
interface Kept {
  /** Memory that it takes. */
  readonly bytes: number;
}

/** A tenant that has sent nothing for so long gives up its part when others need it. */
const IDLE_MS = 600_000;
/** Longer keys are not kept: no sender in earnest has them. */
export const MAX_KEY_BYTES = 16_384;
/** Runs that a table has room for at first: of many tenants most have few series. */
const START_RUNS = 64;
/** Of a value in the arrays beside the table: when it was used, and a reference. */
const SLOT_BYTES = 16;
/** A tenant with fewer entries loses all of them at once. */
const FEW = 64;

/**
 * Keeps what is known of a series under the bytes that its labels came as, so that these are read once and from then on
 * only compared. Bounded in bytes, in all and by tenant: a tenant that has too much loses the half that it has not used
 * for longest; where all together have too much, idle tenants lose everything, and then the one that has most its half.
 */
export class SeriesCache {
  /** By format; some keep more than one thing, under a name for each. */
  readonly counts = new Map<string, SeriesCacheCounts>();
  bytes = 0;
  /** Those used last are last. */
  readonly #tenants = new Map<string, TenantPart>();

  constructor(private readonly limits: SeriesCacheLimits) {}

  /** What is kept of a tenant in one format, for one request. */
  open<T extends Kept>(tenantId: string, format: string, now: Millis): SeriesTable<T> {
    const part = this.#tenants.get(tenantId) ?? new TenantPart();
    this.#tenants.delete(tenantId);
    this.#tenants.set(tenantId, part);
    part.usedAt = now;
    let table = part.tables.get(format) as SeriesTable<T> | undefined;
    if (table === undefined) {
      const counts = this.#countsOf(format);
      table = new SeriesTable<T>(counts, (bytes) => this.#grow(part, counts, bytes));
      part.tables.set(format, table as SeriesTable<Kept>);
      this.#grow(part, counts, table.bytes);
    }
    return table;
  }

  #countsOf(format: string): SeriesCacheCounts {
    const known = this.counts.get(format);
    if (known !== undefined) return known;
    const counts = { hits: 0, misses: 0, evicted: 0, bytes: 0 };
    this.counts.set(format, counts);
    return counts;
  }

  #grow(part: TenantPart, counts: SeriesCacheCounts, bytes: number): void {
    this.bytes += bytes;
    counts.bytes += bytes;
    part.bytes += bytes;
    if (bytes <= 0) return;
    if (part.bytes > this.limits.maxTenantBytes) part.halve();
    while (this.bytes > this.limits.maxBytes && this.#makeRoom(part)) {}
  }

  /** @returns false when there is nothing left to give up */
  #makeRoom(current: TenantPart): boolean {
    const before = this.bytes;
    const [[tenantId, oldest] = ['', current]] = this.#tenants;
    let largest = current;
    for (const other of this.#tenants.values()) if (other.bytes > largest.bytes) largest = other;
    if (oldest !== current && (oldest.usedAt < current.usedAt - IDLE_MS || largest.size < FEW)) {
      this.#tenants.delete(tenantId);
      for (const table of oldest.tables.values()) table.abandon();
      this.bytes -= oldest.bytes;
    } else largest.halve();
    return this.bytes < before;
  }
}

/** Of one tenant. */
class TenantPart {
  bytes = 0;
  usedAt: Millis = 0;
  readonly tables = new Map<string, SeriesTable<Kept>>();

  get size(): number {
    let size = 0;
    for (const table of this.tables.values()) size += table.size;
    return size;
  }

  halve(): void {
    for (const table of this.tables.values()) table.halve();
  }
}

/** Values by keys that are runs of bytes. */
export class SeriesTable<T extends Kept> {
  #table = new ByteTable(START_RUNS);
  #values: (T | undefined)[] = [];
  #usedAt = new Float64Array(START_RUNS);
  #free: number[] = [];
  /** Counts uses. */
  #clock = 0;
  #valueBytes = 0;
  bytes = this.#measured();

  constructor(
    private readonly counts: SeriesCacheCounts,
    private readonly grew: (bytes: number) => void,
  ) {}

  get size(): number {
    return this.#values.length - this.#free.length;
  }

  /** Length of the key that `next` has just found. */
  get keyLength(): number {
    return this.#table.length;
  }

  /**
   * The value whose key came after the one found last, if the bytes at `start` begin with that key: whoever does not know
   * where the key ends there has to make sure that it is not a longer one.
   */
  next(view: DataView, start: number, end: number): T | null {
    const number = this.#table.next(view, start, end);
    return number < 0 ? null : this.#use(number);
  }

  /** The value of the key in `view`, or null. */
  find(view: DataView, start: number, end: number): T | null {
    const number = this.#table.find(view, start, end);
    if (number >= 0) return this.#use(number);
    this.counts.misses += 1;
    return null;
  }

  /** Adds a key that `find` does not find. It may be gone with the next call. */
  add(view: DataView, start: number, end: number, value: T): void {
    if (end - start > MAX_KEY_BYTES) return;
    const number = this.#free.pop() ?? this.#values.length;
    if (number === this.#usedAt.length) {
      const larger = new Float64Array(2 * number);
      larger.set(this.#usedAt);
      this.#usedAt = larger;
    }
    this.#table.add(view, start, end, number);
    this.#values[number] = value;
    this.#usedAt[number] = ++this.#clock;
    this.#valueBytes += value.bytes;
    this.#resized();
  }

  /** Forgets the half that was not used for longest; all of a few. */
  halve(): void {
    const { size } = this;
    const usedAt = this.#usedAt;
    const kept = this.#values.flatMap((value, number) => (value === undefined ? [] : [number]));
    const times = Float64Array.from(kept, (number) => usedAt[number] as number).sort();
    const limit = size < FEW ? Number.POSITIVE_INFINITY : (times[size >>> 1] as number);
    for (const number of kept) if ((usedAt[number] as number) < limit) this.#forget(number);
    this.counts.evicted += size - this.size;
    if (this.size > 0) this.#table = this.#table.filtered((number) => this.#values[number] !== undefined);
    else {
      this.#table = new ByteTable(START_RUNS);
      this.#values = [];
      this.#free = [];
      this.#usedAt = new Float64Array(START_RUNS);
    }
    this.#resized();
  }

  /** Nobody uses it any more. */
  abandon(): void {
    this.counts.evicted += this.size;
    this.counts.bytes -= this.bytes;
  }

  #use(number: number): T {
    this.counts.hits += 1;
    this.#usedAt[number] = ++this.#clock;
    return this.#values[number] as T;
  }

  #forget(number: number): void {
    this.#valueBytes -= (this.#values[number] as T).bytes;
    this.#values[number] = undefined;
    this.#free.push(number);
  }

  #measured(): number {
    return this.#table.bytes + this.#valueBytes + this.#values.length * SLOT_BYTES;
  }

  #resized(): void {
    const before = this.bytes;
    this.bytes = this.#measured();
    this.grew(this.bytes - before);
  }
}
