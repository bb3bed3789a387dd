import { CELL } from './cells.js';

const START_ROWS = 8;
const HASH_PRIME = 0x9e3779b1;

/**
 * Rows of cells in the order in which their groups came, and a hash table of numbers to find them by: of a
 * pane in which few groups have points, and which a row for each would make many times as large.
 */
export class SparseRows {
  size = 0;
  /** Above the highest group. */
  end = 0;
  cells: Float64Array<ArrayBuffer>;
  /** The group of each row. */
  #groups: Int32Array;
  /** By the hash of a group its row plus one, or 0; linear probing, half full at most. */
  #slots: Int32Array;

  constructor(rows: number) {
    let room = START_ROWS;
    while (room < rows) room *= 2;
    this.cells = new Float64Array(room * CELL);
    this.#groups = new Int32Array(room);
    this.#slots = new Int32Array(room * 2);
  }

  /** Memory beside that of the cells. */
  get bytes(): number {
    return this.#groups.byteLength + this.#slots.byteLength;
  }

  /** Where in `cells` the row of a group is; negative for none. */
  placeOf(group: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOf(group) & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1;
      if (row < 0 || this.#groups[row] === group) return row * CELL;
    }
  }

  /** An empty row for a group that has none. */
  add(group: number): number {
    if (this.size === this.#groups.length) this.#grow();
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(group) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    const row = this.size++;
    slots[slot] = this.size;
    this.#groups[row] = group;
    this.cells[row * CELL] = 0;
    this.end = Math.max(this.end, group + 1);
    return row * CELL;
  }

  /** Takes in the row of a group that has none here. */
  put(group: number, from: Float64Array, at: number): void {
    this.cells.set(from.subarray(at, at + CELL), this.add(group));
  }

  eachGroup(callback: (group: number) => void): void {
    for (let row = 0; row < this.size; row++) callback(this.#groups[row] as number);
  }

  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
    this.end = 0;
  }

  #grow(): void {
    const larger = new SparseRows(this.size * 2);
    this.eachGroup((group) => larger.put(group, this.cells, this.placeOf(group)));
    this.cells = larger.cells;
    this.#groups = larger.#groups;
    this.#slots = larger.#slots;
  }
}

function hashOf(group: number): number {
  const hash = Math.imul(group, HASH_PRIME);
  return hash ^ (hash >>> 15);
}
