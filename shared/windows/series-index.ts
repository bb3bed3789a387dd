import { ByteTable } from './byte-table.js';
import { groupTags, type Series, seriesKey } from './series.js';

/** Unused series are looked for when there are this many, and then at each doubling. */
const FIRST_SWEEP = 4_096;

/** About what a series takes beside its bytes: its names and tags, keys and numbers. */
const SERIES_BYTES = 600;

/** How one group of definitions tells series apart. */
export interface Grouping {
  /** Tags that are kept; null all of them. */
  readonly groupBy: readonly string[] | null;
  /** Which series are wanted at all. */
  readonly wants: (tenantId: string, metric: string) => boolean;
  /** Calls back with every group number that is still in use. */
  readonly eachGroup: (callback: (group: number) => void) => void;
}

/** Group number of a series that a grouping does not want. */
export const UNWANTED = -1;

/**
 * Numbers for series and, per grouping, for the groups that they fall into.
 *
 * A series is found by the bytes of its identity without decoding them; another order of the same
 * tags is another run of bytes for the same series. Numbers are dense and used again: series that
 * no open pane holds are swept out when their count has doubled, so memory follows the live ones.
 */
export class SeriesIndex {
  #table = new ByteTable();
  readonly #numbers = new Map<string, number>();
  readonly #keys: (string | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #groups: readonly GroupNumbers[];
  #sweepAt = FIRST_SWEEP;

  constructor(groupings: readonly Grouping[]) {
    this.#groups = groupings.map((grouping) => new GroupNumbers(grouping));
  }

  /** Number of series known. */
  get size(): number {
    return this.#numbers.size;
  }

  /** About how much memory the index takes. */
  get bytes(): number {
    return this.#table.bytes + this.#numbers.size * SERIES_BYTES;
  }

  /** The series whose identity is at `start` if it is the expected one, or -1; see {@link ByteTable}. */
  next(view: DataView, start: number, end: number): number {
    return this.#table.next(view, start, end);
  }

  /** Length in bytes of the identity that `next` has just found. */
  get length(): number {
    return this.#table.length;
  }

  /** The series with this identity, or -1 when it is new. */
  find(view: DataView, start: number, end: number): number {
    return this.#table.find(view, start, end);
  }

  /** The group of a series in the grouping with this index, or {@link UNWANTED}. */
  groupOf(grouping: number, series: number): number {
    return (this.#groups[grouping] as GroupNumbers).ofSeries[series] as number;
  }

  describe(grouping: number, group: number): Series {
    return (this.#groups[grouping] as GroupNumbers).series[group] as Series;
  }

  /** Makes a series known by its bytes, those that `find` did not find. */
  add(view: DataView, start: number, end: number, series: Series): number {
    const number = this.intern(series, Buffer.from(view.buffer, view.byteOffset + start, end - start));
    if (this.#table.find(view, start, end) < 0) this.#table.add(number);
    return number;
  }

  /** The number of a decoded series; `encoded` as in {@link Series}, copied when it is kept. */
  intern(series: Series, encoded?: Buffer): number {
    const key = seriesKey(series.tenantId, series.metric, series.tags, null);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= this.#sweepAt) this.#sweep();
    const number = this.#free.pop() ?? this.#keys.length;
    this.#keys[number] = key;
    this.#numbers.set(key, number);
    for (const groups of this.#groups) groups.assign(number, series, encoded);
    return number;
  }

  #sweep(): void {
    const used = new Set<number>();
    const live = this.#groups.map((groups) => groups.inUse());
    for (const number of this.#numbers.values())
      if (this.#groups.some((groups, i) => (live[i] as Set<number>).has(groups.ofSeries[number] as number)))
        used.add(number);
    for (const [key, number] of this.#numbers) {
      if (used.has(number)) continue;
      this.#numbers.delete(key);
      this.#keys[number] = undefined;
      this.#free.push(number);
    }
    for (const groups of this.#groups) groups.keepThoseOf(used);
    this.#table = this.#table.filtered((number) => used.has(number));
    this.#sweepAt = Math.max(FIRST_SWEEP, used.size * 2);
  }
}

/**
 * The groups of one grouping. Where all tags are kept a series is its own group, under its number;
 * otherwise groups have numbers of their own.
 */
class GroupNumbers {
  ofSeries = new Int32Array(FIRST_SWEEP).fill(UNWANTED);
  readonly series: (Series | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];

  constructor(private readonly grouping: Grouping) {}

  assign(number: number, series: Series, encoded: Buffer | undefined): void {
    if (number >= this.ofSeries.length) {
      const larger = new Int32Array(this.ofSeries.length * 2).fill(UNWANTED);
      larger.set(this.ofSeries);
      this.ofSeries = larger;
    }
    const { tenantId, metric } = series;
    if (!this.grouping.wants(tenantId, metric)) this.ofSeries[number] = UNWANTED;
    else if (this.grouping.groupBy !== null) this.ofSeries[number] = this.#groupOf(series);
    else {
      this.ofSeries[number] = number;
      const tags = groupTags(series.tags, null);
      const whole = { tenantId, metric, tags };
      this.series[number] = encoded === undefined ? whole : { ...whole, encoded: Buffer.from(encoded) };
    }
  }

  inUse(): Set<number> {
    const used = new Set<number>();
    this.grouping.eachGroup((group) => used.add(group));
    return used;
  }

  /** Frees the groups that none of these series falls into. */
  keepThoseOf(series: ReadonlySet<number>): void {
    const kept = new Set<number>();
    for (let number = 0; number < this.ofSeries.length; number++) {
      const group = this.ofSeries[number] as number;
      if (series.has(number)) kept.add(group);
      else {
        this.ofSeries[number] = UNWANTED;
        if (this.grouping.groupBy === null && group !== UNWANTED) this.series[group] = undefined;
      }
    }
    for (const [key, group] of this.#numbers) {
      if (kept.has(group)) continue;
      this.#numbers.delete(key);
      this.series[group] = undefined;
      this.#free.push(group);
    }
  }

  #groupOf({ tenantId, metric, tags }: Series): number {
    const { groupBy } = this.grouping;
    const key = seriesKey(tenantId, metric, tags, groupBy);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const group = this.#free.pop() ?? this.series.length;
    this.series[group] = { tenantId, metric, tags: groupTags(tags, groupBy) };
    this.#numbers.set(key, group);
    return group;
  }
}
