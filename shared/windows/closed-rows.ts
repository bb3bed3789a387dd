import type { Millis } from '../core/clock.js';
import type { ByteTable } from '../wire/byte-table.js';
import { CELL } from './cells.js';

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
      identities,
    }: Omit<WindowRows, 'firstRow' | 'endRow' | 'quantiles'>,
    quantiles: Quantiles[] | null,
  ): WindowRows {
    const firstRow = this.length;
    const rows = { window, start, end, watermark, index, identities, firstRow, endRow: firstRow, quantiles };
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
