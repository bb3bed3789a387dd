import type { Millis } from '../core/clock.js';
import type { ByteTable } from '../wire/byte-table.js';
import type { OpenPane } from './pane-store.js';

/*
 * Aggregates as rows of a Float64Array: one row of CELL numbers for each group. The figures are
 * mergeable; how they are kept:
 *
 * - SUM + COMPENSATION is Neumaier's compensated sum (Neumaier 1974), so that order and grouping of
 *   additions do not show.
 * - MEAN and M2 are Welford's running moments (Welford 1962), merged as in Chan, Golub and LeVeque
 *   1979.
 * - FIRST and LAST go by event time; of points with the same time the one that came first counts
 *   as first, the one that came last as last.
 *
 * Ingest lets values up to 1e150 in, of which neither sums nor moments overflow. What is larger, or so many that
 * their squares add up to more than a number holds, is emitted as finite figures all the same: see `finiteFigures`.
 */
export const COUNT = 0;
export const SUM = 1;
export const COMPENSATION = 2;
export const MIN = 3;
export const MAX = 4;
export const MEAN = 5;
export const M2 = 6;
export const FIRST = 7;
export const FIRST_AT = 8;
export const LAST = 9;
export const LAST_AT = 10;
/** Row length; the last number is unused, so that rows are 96 bytes. */
export const CELL = 12;

/** Takes a point into the row at `at`; a row of zeros is empty. */
export function addPoint(cells: Float64Array, at: number, value: number, time: Millis): void {
  const count = (cells[at] as number) + 1;
  cells[at] = count;
  if (count === 1) {
    cells[at + SUM] = value;
    cells[at + COMPENSATION] = 0;
    cells[at + MIN] = value;
    cells[at + MAX] = value;
    cells[at + MEAN] = value;
    cells[at + M2] = 0;
    cells[at + FIRST] = value;
    cells[at + FIRST_AT] = time;
    cells[at + LAST] = value;
    cells[at + LAST_AT] = time;
    return;
  }
  addToSum(cells, at, value);
  const mean = cells[at + MEAN] as number;
  const delta = value - mean;
  const next = mean + delta / count;
  cells[at + MEAN] = next;
  cells[at + M2] = (cells[at + M2] as number) + delta * (value - next);
  if (value < (cells[at + MIN] as number)) cells[at + MIN] = value;
  if (value > (cells[at + MAX] as number)) cells[at + MAX] = value;
  if (time >= (cells[at + LAST_AT] as number)) {
    cells[at + LAST] = value;
    cells[at + LAST_AT] = time;
  }
  if (time < (cells[at + FIRST_AT] as number)) {
    cells[at + FIRST] = value;
    cells[at + FIRST_AT] = time;
  }
}

/** Takes the row at `fromAt` into the one at `at`, which may be empty; `from` stays as it is. */
export function mergeCell(cells: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const before = cells[at] as number;
  const added = from[fromAt] as number;
  if (added === 0) return;
  if (before === 0) {
    for (let i = 0; i < CELL; i++) cells[at + i] = from[fromAt + i] as number;
    return;
  }
  const count = before + added;
  const delta = (from[fromAt + MEAN] as number) - (cells[at + MEAN] as number);
  cells[at] = count;
  // In this order a square of 1e300 is multiplied by no more than the smaller of the two counts.
  cells[at + M2] =
    (cells[at + M2] as number) + (from[fromAt + M2] as number) + delta * delta * ((before * added) / count);
  cells[at + MEAN] = (cells[at + MEAN] as number) + (delta * added) / count;
  addToSum(cells, at, from[fromAt + SUM] as number);
  cells[at + COMPENSATION] = (cells[at + COMPENSATION] as number) + (from[fromAt + COMPENSATION] as number);
  if ((from[fromAt + MIN] as number) < (cells[at + MIN] as number))
    cells[at + MIN] = from[fromAt + MIN] as number;
  if ((from[fromAt + MAX] as number) > (cells[at + MAX] as number))
    cells[at + MAX] = from[fromAt + MAX] as number;
  if ((from[fromAt + FIRST_AT] as number) < (cells[at + FIRST_AT] as number)) {
    cells[at + FIRST] = from[fromAt + FIRST] as number;
    cells[at + FIRST_AT] = from[fromAt + FIRST_AT] as number;
  }
  if ((from[fromAt + LAST_AT] as number) >= (cells[at + LAST_AT] as number)) {
    cells[at + LAST] = from[fromAt + LAST] as number;
    cells[at + LAST_AT] = from[fromAt + LAST_AT] as number;
  }
}

export function sumOf(cells: Float64Array, at: number): number {
  return (cells[at + SUM] as number) + (cells[at + COMPENSATION] as number);
}

/**
 * Writes the figures of the row at `at`, which is not empty, in the order in which a WindowAggregate has
 * them: count, sum, min, max, mean, stddev, first, last.
 */
export function writeFigures(cells: Float64Array, at: number, figures: Float64Array): void {
  const count = cells[at] as number;
  const sum = sumOf(cells, at);
  figures[0] = count;
  figures[1] = sum;
  figures[2] = cells[at + MIN] as number;
  figures[3] = cells[at + MAX] as number;
  figures[4] = sum / count;
  figures[5] = stddevOf(cells, at);
  figures[6] = cells[at + FIRST] as number;
  figures[7] = cells[at + LAST] as number;
  if (!Number.isFinite(sum) || !Number.isFinite(figures[5]))
    finiteFigures(figures, cells[at + MEAN] as number);
}

/**
 * Replaces figures that have overflowed by finite ones: a sum by the largest number of its sign, the mean by the running
 * one where that is still a number, else by the middle of least and greatest value, and the deviation by half their distance,
 * which it never exceeds.
 */
function finiteFigures(figures: Float64Array, running: number): void {
  const [min, max] = [figures[2] as number, figures[3] as number];
  if (!Number.isFinite(figures[1])) {
    const mean = Number.isFinite(running) ? running : min / 2 + max / 2;
    figures[1] = mean < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;
    figures[4] = mean;
  }
  if (!Number.isFinite(figures[5])) figures[5] = max / 2 - min / 2;
}

/** Population standard deviation. */
export function stddevOf(cells: Float64Array, at: number): number {
  return Math.sqrt(Math.max(0, cells[at + M2] as number) / (cells[at] as number));
}

function addToSum(cells: Float64Array, at: number, value: number): void {
  const sum = cells[at + SUM] as number;
  const total = sum + value;
  const lost = Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
  cells[at + SUM] = total;
  if (lost !== 0) cells[at + COMPENSATION] = (cells[at + COMPENSATION] as number) + lost;
}

/** A multiple of 32. */
const START_GROUPS = 256;

/** The aggregates of one pane, a row for each group by its number, and which groups have points. */
export class Pane implements OpenPane<number> {
  start: Millis = 0;
  oldestOffset = 0;
  cells = new Float64Array(START_GROUPS * CELL);
  /** A bit for each group that has points: group `g` is bit `g % 32` of word `g / 32`. */
  live = new Int32Array(START_GROUPS / 32);
  /** Number of groups with points. */
  size = 0;

  /** About how much memory the pane takes. */
  get bytes(): number {
    return this.cells.byteLength + this.live.byteLength;
  }

  reset(start: Millis, offset: number): void {
    this.eachGroup((group) => {
      this.cells[group * CELL] = 0;
    });
    this.live.fill(0);
    this.start = start;
    this.oldestOffset = offset;
    this.size = 0;
  }

  has(group: number): boolean {
    const at = group * CELL;
    return at < this.cells.length && (this.cells[at] as number) > 0;
  }

  add(group: number, value: number, time: Millis): void {
    const at = group * CELL;
    if (at >= this.cells.length) this.#grow(group);
    if (this.cells[at] === 0) {
      this.live[group >>> 5] = (this.live[group >>> 5] as number) | (1 << (group & 31));
      this.size += 1;
    }
    addPoint(this.cells, at, value, time);
  }

  eachGroup(callback: (group: number) => void): void {
    for (let word = 0; word < this.live.length; word++)
      for (let bits = this.live[word] as number; bits !== 0; bits &= bits - 1)
        callback(word * 32 + lowestBit(bits));
  }

  #grow(group: number): void {
    let groups = this.live.length * 32;
    while (group >= groups) groups *= 2;
    const cells = new Float64Array(groups * CELL);
    cells.set(this.cells);
    this.cells = cells;
    const live = new Int32Array(groups / 32);
    live.set(this.live);
    this.live = live;
  }
}

/**
 * Merges a window's panes, which are in order of time, into a row for each of their groups, by number: with
 * many groups the rows of the panes are long out of the caches, and are read in the order they lie in.
 */
export function mergePanes(panes: readonly Pane[], into: ClosedRows): void {
  const words = Math.max(0, ...panes.map(({ live }) => live.length));
  const most = panes.reduce((sum, { size }) => sum + size, 0);
  into.reserve(Math.min(most, words * 32));
  const { groups, cells } = into;
  let row = into.length;
  for (let word = 0; word < words; word++) {
    let bits = 0;
    for (let i = 0; i < panes.length; i++) bits |= (panes[i] as Pane).live[word] ?? 0;
    for (; bits !== 0; bits &= bits - 1) {
      const group = word * 32 + lowestBit(bits);
      const at = row * CELL;
      groups[row++] = group;
      cells[at] = 0;
      for (let i = 0; i < panes.length; i++) {
        const pane = panes[i] as Pane;
        if (pane.has(group)) mergeCell(cells, at, pane.cells, group * CELL);
      }
    }
  }
  into.length = row;
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
    {
      window,
      start,
      end,
      watermark,
      index,
      time,
      identities,
    }: Omit<WindowRows, 'firstRow' | 'endRow' | 'quantiles'>,
    quantiles: Quantiles[] | null,
  ): WindowRows {
    const firstRow = this.length;
    const at = { window, start, end, watermark, index, time };
    const rows = { ...at, identities, firstRow, endRow: firstRow, quantiles };
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
