import type { Millis } from '../core/clock.js';
import type { ByteTable } from '../wire/byte-table.js';
import { addIncrease, addPoint, CELL, mergeCell } from './cells.js';
import { type MemberFigures, memberFigures, PaneMembers, type SketchLimits } from './members.js';
import type { OpenPane } from './pane-store.js';
import { SparseRows } from './sparse-rows.js';

/** Groups that a dense pane has room for at least: those of a word of bits. */
const LEAST_GROUPS = 32;
/** A pane becomes dense when one in so many of the groups up to its highest has points, … */
const DENSE_AT = 2;
/** … and sparse when not even one in so many has, of those that it has room for. */
const SPARSE_AT = 4;

/**
 * The aggregates of one pane: a row of cells for each group that has points.
 *
 * Most panes have points of most groups. They are dense: a row is where the number of its group says. But who sends
 * points ahead of time opens a pane for each stretch of it, and each would be as large as all series are many. So
 * a pane of few groups is sparse.
 */
export class Pane implements OpenPane<number> {
  start: Millis = 0;
  oldestOffset = 0;
  cells = new Float64Array(LEAST_GROUPS * CELL);
  /** Number of groups with points. */
  size = 0;
  /** Null until there is a member: most panes have none. */
  members: PaneMembers | null = null;
  /** If dense, a bit for each group that has points: group `g` is bit `g % 32` of word `g / 32`. */
  #live = new Int32Array(LEAST_GROUPS / 32);
  /** If sparse; `cells` are its own. */
  #sparse: SparseRows | null = null;

  /** About how much memory the pane takes. */
  get bytes(): number {
    return (
      this.cells.byteLength + this.#live.byteLength + (this.#sparse?.bytes ?? 0) + (this.members?.bytes ?? 0)
    );
  }

  reset(start: Millis, offset: number): void {
    if (this.#sparse !== null) this.#sparse.clear();
    else
      this.eachGroup((group) => {
        this.cells[group * CELL] = 0;
      });
    this.#live.fill(0);
    this.start = start;
    this.oldestOffset = offset;
    this.size = 0;
    this.members = null;
  }

  has(group: number): boolean {
    return this.placeOf(group) >= 0;
  }

  /** Where in `cells` the row of a group is; negative where it has no points. */
  placeOf(group: number): number {
    if (this.#sparse !== null) return this.#sparse.placeOf(group);
    const at = group * CELL;
    return at < this.cells.length && (this.cells[at] as number) > 0 ? at : -1;
  }

  add(group: number, value: number, time: Millis): void {
    let at = group * CELL;
    if (this.#sparse !== null || (at >= this.cells.length && !this.#grow(group))) at = this.#rowFor(group);
    else if (this.cells[at] === 0) this.#mark(group);
    addPoint(this.cells, at, value, time);
  }

  /** Adds to what counters went up by in a group that has points. */
  addIncrease(group: number, increase: number): void {
    const at = this.placeOf(group);
    if (at >= 0) addIncrease(this.cells, at, increase);
  }

  /** Counts a member of a group that has points; false when there is no room for it. */
  addMember(group: number, value: number, limits: SketchLimits): boolean {
    this.members ??= new PaneMembers(limits);
    return this.members.add(group, value);
  }

  eachGroup(callback: (group: number) => void): void {
    if (this.#sparse !== null) this.#sparse.eachGroup(callback);
    else eachBit(this.#live, callback);
  }

  /** Gives back memory that few groups use: what it is made of may have been a pane of many. */
  trim(): void {
    const room = this.cells.length / CELL;
    if (room > LEAST_GROUPS && this.size * SPARSE_AT < room) this.#becomeSparse();
  }

  /** Words that {@link markIn} needs. */
  get words(): number {
    return this.#sparse === null ? this.#live.length : (this.#sparse.end + 31) >>> 5;
  }

  /** Sets the bits of the groups that have points. */
  markIn(bits: Int32Array): void {
    const live = this.#live;
    for (let word = 0; word < live.length; word++)
      bits[word] = (bits[word] as number) | (live[word] as number);
    this.#sparse?.eachGroup((group) => setBit(bits, group));
  }

  #mark(group: number): void {
    setBit(this.#live, group);
    this.size += 1;
  }

  /** @returns false when the pane has become sparse instead: the group is far above the others */
  #grow(group: number): boolean {
    if (group < Math.max(LEAST_GROUPS, this.size * SPARSE_AT)) this.#becomeDense(group + 1);
    else this.#becomeSparse();
    return this.#sparse === null;
  }

  /** The row of a group in a sparse pane, which may be dense afterwards. */
  #rowFor(group: number): number {
    const sparse = this.#sparse as SparseRows;
    const known = sparse.placeOf(group);
    if (known >= 0) return known;
    const end = Math.max(sparse.end, group + 1);
    if ((this.size + 1) * DENSE_AT >= end) {
      this.#becomeDense(end);
      this.#mark(group);
      return group * CELL;
    }
    const at = sparse.add(group);
    this.cells = sparse.cells;
    this.size += 1;
    return at;
  }

  #becomeSparse(): void {
    const sparse = new SparseRows(this.size + 1);
    this.eachGroup((group) => sparse.put(group, this.cells, this.placeOf(group)));
    this.#sparse = sparse;
    this.cells = sparse.cells;
    this.#live = NO_WORDS;
  }

  /** Dense with room for so many groups. */
  #becomeDense(groups: number): void {
    let room = LEAST_GROUPS;
    while (room < groups) room *= 2;
    const cells = new Float64Array(room * CELL);
    const live = new Int32Array(room / 32);
    if (this.#sparse === null) cells.set(this.cells);
    else
      this.eachGroup((group) => {
        const from = this.placeOf(group);
        cells.set(this.cells.subarray(from, from + CELL), group * CELL);
      });
    this.markIn(live);
    this.cells = cells;
    this.#live = live;
    this.#sparse = null;
  }
}

const NO_WORDS = new Int32Array(0);

/** Bits of the groups that are being merged; all 0 in between. */
let marks = NO_WORDS;

/**
 * Merges a window's panes, which are in order of time, into a row for each of their groups, by number: with
 * many groups the rows of the panes are long out of the caches, and are read in the order they lie in.
 */
export function mergePanes(panes: readonly Pane[], into: ClosedRows): void {
  const words = Math.max(0, ...panes.map((pane) => pane.words));
  const most = panes.reduce((sum, { size }) => sum + size, 0);
  if (marks.length < words) marks = new Int32Array(words);
  for (const pane of panes) pane.markIn(marks);
  into.reserve(Math.min(most, words * 32));
  const { groups, cells } = into;
  let row = into.length;
  for (let word = 0; word < words; word++) {
    for (let bits = marks[word] as number; bits !== 0; bits &= bits - 1) {
      const group = word * 32 + lowestBit(bits);
      const at = row * CELL;
      groups[row++] = group;
      cells[at] = 0;
      for (let i = 0; i < panes.length; i++) {
        const pane = panes[i] as Pane;
        const from = pane.placeOf(group);
        if (from >= 0) mergeCell(cells, at, pane.cells, from);
      }
    }
    marks[word] = 0;
  }
  into.length = row;
}

/** The members of some groups over a window's panes, by group; null where no pane has any. */
export function membersOf(
  panes: readonly Pane[],
  groups: Int32Array,
  withSketch: boolean,
): (MemberFigures | null)[] | null {
  const withMembers = panes.flatMap(({ members }) => members ?? []);
  if (withMembers.length === 0) return null;
  return Array.from(groups, (group) => {
    const parts = withMembers.flatMap((members) => members.of(group) ?? []);
    return memberFigures(parts, withSketch);
  });
}

function setBit(bits: Int32Array, group: number): void {
  bits[group >>> 5] = (bits[group >>> 5] as number) | (1 << (group & 31));
}

function eachBit(words: Int32Array, callback: (bit: number) => void): void {
  for (let word = 0; word < words.length; word++)
    for (let bits = words[word] as number; bits !== 0; bits &= bits - 1)
      callback(word * 32 + lowestBit(bits));
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Estimated quantiles by their name, "0.95". */
export type Quantiles = Readonly<Record<string, number>>;

/** A window that has closed: its series are the rows from `firstRow` up to `endRow`, exclusive. */
export interface WindowRows {
  /** Name of the definition. */
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
  readonly watermark: Millis;
  /** Index in the batch of the record before which it closed. */
  readonly index: number;
  /** Stream time that it closed at. */
  readonly time: Millis;
  /** Whose runs are the identities of the rows' groups, until the next batch. */
  readonly identities: ByteTable;
  readonly firstRow: number;
  endRow: number;
  /** By row, from `firstRow` on; null for a definition that asks for none. */
  readonly quantiles: Quantiles[] | null;
  /** By row too, null for one without members; null where no row has any. */
  members: (MemberFigures | null)[] | null;
}

const LEAST_ROWS = 256;
/** Larger memory is left to the garbage collector: a jump in time may close the windows of an hour at once. */
const MAX_SPARE_ROWS = 500_000;

/**
 * The windows that a batch has closed: a row of cells for each of their series, by window. The memory of a
 * cleared one is used by the next, of whatever partition.
 */
export class ClosedRows {
  windows: WindowRows[] = [];
  length = 0;
  #memory = NOTHING;

  /** The group of each row. */
  get groups(): Int32Array {
    return this.#memory.groups;
  }

  /** Row `i` is at `i * CELL`. Another array after `reserve`. */
  get cells(): Float64Array {
    return this.#memory.cells;
  }

  /** The rows that follow belong to this window. */
  begin(
    about: Omit<WindowRows, 'firstRow' | 'endRow' | 'quantiles' | 'members'>,
    quantiles: Quantiles[] | null,
  ): WindowRows {
    const rows = { ...about, firstRow: this.length, endRow: this.length, quantiles, members: null };
    this.windows.push(rows);
    return rows;
  }

  /** Makes room for so many rows more. */
  reserve(rows: number): void {
    const wanted = this.length + rows;
    if (wanted <= this.groups.length) return;
    const before = this.#memory;
    this.#memory = memoryOf(Math.max(wanted, before.groups.length * 2));
    this.groups.set(before.groups.subarray(0, this.length));
    this.cells.set(before.cells.subarray(0, this.length * CELL));
  }

  /** Adds an empty row, for which there must be room; gives its place in `cells`. */
  append(group: number): number {
    const { groups, cells } = this.#memory;
    const at = this.length * CELL;
    groups[this.length] = group;
    cells[at] = 0;
    this.length += 1;
    return at;
  }

  /** Adds to what counters went up by in a group of a window, if it has points there. */
  addIncrease({ firstRow, endRow }: WindowRows, group: number, increase: number): void {
    const row = this.groups.subarray(firstRow, endRow).indexOf(group);
    if (row >= 0) addIncrease(this.cells, (firstRow + row) * CELL, increase);
  }

  clear(): void {
    if (this.groups.length <= MAX_SPARE_ROWS && this.groups.length > spare.groups.length)
      spare = this.#memory;
    this.#memory = NOTHING;
    this.windows = [];
    this.length = 0;
  }
}

interface Memory {
  readonly groups: Int32Array;
  readonly cells: Float64Array;
}

const NOTHING: Memory = { groups: new Int32Array(0), cells: new Float64Array(0) };
let spare = NOTHING;

function memoryOf(rows: number): Memory {
  if (rows <= spare.groups.length) {
    const memory = spare;
    spare = NOTHING;
    return memory;
  }
  const capacity = Math.max(rows, LEAST_ROWS);
  return { groups: new Int32Array(capacity), cells: new Float64Array(capacity * CELL) };
}
