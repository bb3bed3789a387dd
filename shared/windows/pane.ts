import type { Millis } from '../core/clock.js';
import { addPoint, CELL, mergeCell } from './cells.js';
import type { ClosedRows } from './closed-rows.js';
import type { OpenPane } from './pane-store.js';

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
