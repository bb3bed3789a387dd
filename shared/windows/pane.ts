import type { Millis } from '../core/clock.js';
import { addPoint, CELL, mergeCell } from './cells.js';
import type { OpenPane } from './pane-store.js';

const START_GROUPS = 256;

/** The aggregates of one pane, a row for each group by its number, and which groups have points. */
export class Pane implements OpenPane<number> {
  start: Millis = 0;
  oldestOffset = 0;
  cells = new Float64Array(START_GROUPS * CELL);
  /** Groups with points, in the order of their first one; `size` of them. */
  groups = new Int32Array(START_GROUPS);
  size = 0;

  /** About how much memory the pane takes. */
  get bytes(): number {
    return this.cells.byteLength + this.groups.byteLength;
  }

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

/** The merged row of `group` is at `at` in `cells`, until the next. */
export type TakeRow = (group: number, cells: Float64Array, at: number) => void;

const scratch = new Float64Array(CELL);

/** Hands each group of a window's panes, which are in order of time, to `take` once. */
export function mergePanes(panes: readonly Pane[], take: TakeRow): void {
  const [only] = panes;
  if (panes.length === 1 && only !== undefined) {
    for (let i = 0; i < only.size; i++) {
      const group = only.groups[i] as number;
      take(group, only.cells, group * CELL);
    }
    return;
  }
  panes.forEach((pane, index) => {
    const before = panes.slice(0, index);
    const after = panes.slice(index);
    for (let i = 0; i < pane.size; i++) {
      const group = pane.groups[i] as number;
      // Handed out with the first pane that has it.
      if (before.some((earlier) => earlier.has(group))) continue;
      scratch[0] = 0;
      for (const later of after) if (later.has(group)) mergeCell(scratch, 0, later.cells, group * CELL);
      take(group, scratch, 0);
    }
  });
}

function enlarged(groups: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(groups.length * 2);
  larger.set(groups);
  return larger;
}
