import type { Millis } from '../core/clock.js';
import { addPoint, CELL } from './cells.js';

const START_GROUPS = 256;

/** The aggregates of one pane, a row for each group by its number, and which groups have points. */
export class Pane {
  start: Millis = 0;
  /** Offset of the first record that went in: from here on the log has to be read again. */
  oldestOffset = 0;
  cells = new Float64Array(START_GROUPS * CELL);
  /** Groups with points, in the order of their first one; `size` of them. */
  groups = new Int32Array(START_GROUPS);
  size = 0;

  /** Makes a used pane an empty one for another time. */
  reset(start: Millis, offset: number): void {
    for (let i = 0; i < this.size; i++) this.cells[(this.groups[i] as number) * CELL] = 0;
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
      if (this.size === this.groups.length) this.groups = enlarged(this.groups);
      this.groups[this.size++] = group;
    }
    addPoint(this.cells, at, value, time);
  }

  #grow(group: number): void {
    let length = this.cells.length;
    while (group * CELL >= length) length *= 2;
    const cells = new Float64Array(length);
    cells.set(this.cells);
    this.cells = cells;
  }
}

function enlarged(groups: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(groups.length * 2);
  larger.set(groups);
  return larger;
}
