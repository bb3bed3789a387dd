import { ByteTable } from '../wire/byte-table.js';
import { readIdentity, readTenant, type Series, writeIdentity } from '../wire/series.js';
import { Spellings } from './spellings.js';

/** Unused series are looked for when there are this many, and then at each doubling. */
const FIRST_SWEEP = 4_096;
/** The same by the memory of what is known of them: a few may have very long tags. */
const FIRST_SWEEP_BYTES = 8_388_608;
/**
 * Series that no open pane or session holds by themselves, because their tags are grouped away, are kept while all
 * take no more than this: they can be found anew.
 */
const GROUPED_BYTES = 33_554_432;

const NOTHING: Int32Array = new Int32Array(0);
const NO_MARKS = new Uint8Array(0);

/** How one group of definitions groups series. */
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
 * tags is another run of bytes for the same series. Of a series only bytes and numbers are kept, in
 * flat arrays: as objects and strings hundreds of thousands of them would take several times the
 * memory, and the time of the garbage collector.
 *
 * Numbers are dense and used again: series that neither an open pane nor the batch being read needs are
 * removed when their count or their memory has doubled, so memory follows the live ones. Of one series only some
 * runs of bytes are remembered: see {@link Spellings}.
 */
export class SeriesIndex {
  #table = new ByteTable();
  readonly #free = new Numbers();
  readonly #groups: readonly GroupNumbers[];
  readonly #spellings = new Spellings();
  #sweepAt = FIRST_SWEEP;
  #sweepAtBytes = FIRST_SWEEP_BYTES;
  /** Length of all series' own runs. */
  #ownBytes = 0;
  #beingRead = NOTHING;

  /** @param eachHeld calls back with every series that something else needs than its group's windows */
  constructor(
    groupings: readonly Grouping[],
    private readonly eachHeld: (callback: (series: number) => void) => void = () => undefined,
  ) {
    this.#groups = groupings.map((grouping) => new GroupNumbers(grouping));
  }

  /** The numbers of the batch that is being read, -1 for none: not in a pane yet, and in use all the same. */
  use(numbers: Int32Array): void {
    this.#beingRead = numbers;
  }

  /** Number of series known. */
  get size(): number {
    return this.#free.used;
  }

  /** Runs of bytes by which series are found, beside one for each. */
  get spellings(): Pick<Spellings, 'size' | 'refused'> {
    return this.#spellings;
  }

  /** Memory that the index takes. */
  get bytes(): number {
    return this.#groups.reduce((sum, { bytes }) => sum + bytes, this.#table.bytes);
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

  /** The identities of a grouping's groups by their number, as {@link writeIdentity} gives them; until the next series. */
  identities(grouping: number): ByteTable {
    return (this.#groups[grouping] as GroupNumbers).identities ?? this.#table;
  }

  /** The tenant of a group. */
  tenantOf(grouping: number, group: number): string {
    return readTenant(this.#identityOf(grouping, group));
  }

  describe(grouping: number, group: number): Series {
    return readIdentity(this.#identityOf(grouping, group));
  }

  tenantOfSeries(series: number): string {
    return readTenant(identityIn(this.#table, series));
  }

  describeSeries(series: number): Series {
    return readIdentity(identityIn(this.#table, series));
  }

  #identityOf(grouping: number, group: number): Buffer {
    return identityIn(this.identities(grouping), group);
  }

  /** Makes a series known by its bytes, those that `find` did not find. */
  add(view: DataView, start: number, end: number, series: Series): number {
    const number = this.intern(series);
    if (this.#table.find(view, start, end) < 0) this.#learn(view, start, end, number);
    return number;
  }

  /** The series of bytes that `find` did not find, by its identity as {@link writeIdentity} gives it; -1 when it is new. */
  findBy(identity: DataView, length: number, view: DataView, start: number, end: number): number {
    const number = this.#table.find(identity, 0, length);
    if (number >= 0) this.#learn(view, start, end, number);
    return number;
  }

  /** The number of a decoded series. */
  intern(series: Series): number {
    const identity = writeIdentity(series, null);
    const view = new DataView(identity.buffer, identity.byteOffset, identity.length);
    const known = this.#table.find(view, 0, identity.length);
    if (known >= 0) return known;
    if (this.size >= this.#sweepAt || this.#ownBytes >= this.#sweepAtBytes) this.#sweep();
    const number = this.#free.take();
    this.#table.add(view, 0, identity.length, number);
    this.#ownBytes += identity.length;
    for (const groups of this.#groups) groups.assign(number, series);
    return number;
  }

  /** Remembers the bytes, if there is room for one run more of the series. */
  #learn(view: DataView, start: number, end: number, number: number): void {
    if (!this.#spellings.admits(number)) return;
    if (this.#spellings.add(number, end - start, this.#ownBytes)) this.#table.add(view, start, end, number);
    else this.#keep(() => true);
  }

  #sweep(): void {
    const used = new Uint8Array(this.#free.end);
    const keepGrouped = this.#ownBytes <= GROUPED_BYTES;
    for (const groups of this.#groups) groups.markUsed(used, keepGrouped);
    for (const number of this.#beingRead) if (number >= 0) used[number] = 1;
    this.eachHeld((series) => {
      used[series] = 1;
    });
    this.#keep((number) => used[number] === 1);
    this.#free.keep(used);
    for (const groups of this.#groups) groups.keepThoseOf(used);
    this.#sweepAt = Math.max(FIRST_SWEEP, this.size * 2);
    this.#sweepAtBytes = Math.max(FIRST_SWEEP_BYTES, this.#ownBytes * 2);
  }

  /** Drops the runs of all other series, and of these all but their own. */
  #keep(wanted: (number: number) => boolean): void {
    this.#table = this.#table.filtered(wanted);
    this.#ownBytes = this.#table.runBytes;
    this.#spellings.clear();
  }
}

function identityIn(identities: ByteTable, number: number): Buffer {
  const { words } = identities;
  return Buffer.from(
    words.buffer,
    words.byteOffset + identities.startOf(number) * 4,
    identities.lengthOf(number),
  );
}

/** Hands out the lowest numbers that are free. */
class Numbers {
  /** Above all numbers that were ever handed out. */
  end = 0;
  #free: number[] = [];

  get used(): number {
    return this.end - this.#free.length;
  }

  take(): number {
    return this.#free.pop() ?? this.end++;
  }

  /** Takes all back that are not marked. */
  keep(used: Uint8Array): void {
    this.#free = [];
    for (let number = this.end - 1; number >= 0; number--) if (used[number] !== 1) this.#free.push(number);
  }
}

/**
 * The groups of one grouping. Where all tags are kept a series is its own group, under its number;
 * otherwise groups have numbers and identities of their own.
 */
class GroupNumbers {
  ofSeries = new Int32Array(FIRST_SWEEP).fill(UNWANTED);
  identities: ByteTable | null;
  readonly #free = new Numbers();
  /** The groups in use, during a sweep. */
  #live = NO_MARKS;

  constructor(private readonly grouping: Grouping) {
    this.identities = grouping.groupBy === null ? null : new ByteTable();
  }

  get bytes(): number {
    return this.ofSeries.byteLength + (this.identities?.bytes ?? 0);
  }

  assign(number: number, series: Series): void {
    if (number >= this.ofSeries.length) {
      const larger = new Int32Array(this.ofSeries.length * 2).fill(UNWANTED);
      larger.set(this.ofSeries);
      this.ofSeries = larger;
    }
    if (!this.grouping.wants(series.tenantId, series.metric)) this.ofSeries[number] = UNWANTED;
    else this.ofSeries[number] = this.identities === null ? number : this.#groupOf(series, this.identities);
  }

  /** Marks the series whose group is in use; those that share one only if `grouped`. */
  markUsed(used: Uint8Array, grouped: boolean): void {
    this.#live = new Uint8Array(this.identities === null ? used.length : this.#free.end);
    const live = this.#live;
    this.grouping.eachGroup((group) => {
      live[group] = 1;
    });
    if (this.identities !== null && !grouped) return;
    for (let number = 0; number < used.length; number++)
      if (live[this.ofSeries[number] as number] === 1) used[number] = 1;
  }

  /** Frees the groups that are not in use and that none of the marked series falls into. */
  keepThoseOf(series: Uint8Array): void {
    const kept = this.#live;
    this.#live = NO_MARKS;
    for (let number = 0; number < series.length; number++) {
      const group = this.ofSeries[number] as number;
      if (series[number] !== 1) this.ofSeries[number] = UNWANTED;
      else if (group !== UNWANTED) kept[group] = 1;
    }
    if (this.identities === null) return;
    this.identities = this.identities.filtered((group) => kept[group] === 1);
    this.#free.keep(kept);
  }

  #groupOf(series: Series, identities: ByteTable): number {
    const identity = writeIdentity(series, this.grouping.groupBy);
    const view = new DataView(identity.buffer, identity.byteOffset, identity.length);
    const known = identities.find(view, 0, identity.length);
    if (known >= 0) return known;
    const group = this.#free.take();
    identities.add(view, 0, identity.length, group);
    return group;
  }
}
