import type { Millis } from '../core/clock.js';

/*
 * The points of one counter that something may still come between, in order of time: each is a row of numbers.
 */
const AT = 0;
const VALUE = 1;
/** When the counter began; NaN where that is not known. */
const START = 2;
/** 1 where points have been left out right before this one. */
const GAP = 3;
const ROW = 4;

const LEAST_ROWS = 4;

/**
 * What a counter went up by from the point before to this one.
 *
 * Less than before means that it began anew, at zero; so does a start that lies between the two. A point before that is further
 * away than `idleMs` is none. Without one, a start within `idleMs` is taken for a point of value zero, as it says; one
 * that is longer ago is not: what the counter went up by since then belongs to windows long ago.
 */
export function increaseOf(
  idleMs: Millis,
  beforeAt: Millis,
  before: number,
  at: Millis,
  value: number,
  start: Millis,
): number {
  // A start in the future, which ingest lets nobody send, says nothing.
  const known = start <= at;
  if (at - beforeAt <= idleMs) return value < before || (known && start > beforeAt) ? value : value - before;
  return known && at - start <= idleMs ? value : 0;
}

/** Points of a counter in order of time; of those with the same time, in the order they came in. */
export class CounterRun {
  length = 0;
  #rows = new Float64Array(LEAST_ROWS * ROW);

  at(i: number): Millis {
    return this.#rows[i * ROW + AT] as number;
  }

  value(i: number): number {
    return this.#rows[i * ROW + VALUE] as number;
  }

  start(i: number): Millis {
    return this.#rows[i * ROW + START] as number;
  }

  /** What the counter went up by from the point before to this one; see {@link increaseOf}. */
  increase(i: number, idleMs: Millis): number {
    const rows = this.#rows;
    const row = i * ROW;
    const [at, value, start] = [rows[row + AT], rows[row + VALUE], rows[row + START]] as [
      number,
      number,
      number,
    ];
    if (i === 0) return increaseOf(idleMs, Number.NaN, Number.NaN, at, value, start);
    const before = row - ROW;
    return increaseOf(idleMs, rows[before + AT] as number, rows[before + VALUE] as number, at, value, start);
  }

  /** What it would go up by to the point behind this one, if this one were not there. */
  increaseWithout(i: number, idleMs: Millis): number {
    const [at, value, start] = [this.at(i + 1), this.value(i + 1), this.start(i + 1)];
    if (i === 0) return increaseOf(idleMs, Number.NaN, Number.NaN, at, value, start);
    return increaseOf(idleMs, this.at(i - 1), this.value(i - 1), at, value, start);
  }

  /** @returns its place, or -1 where it would lie among points that have been left out */
  insert(at: Millis, value: number, start: Millis): number {
    let i = this.length;
    while (i > 0 && this.at(i - 1) > at) i -= 1;
    if (i < this.length && this.#rows[i * ROW + GAP] === 1) return -1;
    if ((this.length + 1) * ROW > this.#rows.length) this.#resize(this.length * 2);
    const rows = this.#rows;
    rows.copyWithin((i + 1) * ROW, i * ROW, this.length * ROW);
    rows[i * ROW + AT] = at;
    rows[i * ROW + VALUE] = value;
    rows[i * ROW + START] = start;
    rows[i * ROW + GAP] = 0;
    this.length += 1;
    return i;
  }

  /**
   * Leaves out all but `most` points, from the first on: those that are not the last of their cell of time, which the first of a
   * later cell is compared with; and with more than twice as many cells others too.
   */
  shorten(most: number, cellMs: Millis): void {
    const rows = this.#rows;
    let excess = this.length - most;
    let to = 0;
    let gap = false;
    for (let i = 0; i < this.length; i++) {
      if (excess > 0 && i + 1 < this.length && this.#cell(i, cellMs) === this.#cell(i + 1, cellMs)) {
        excess -= 1;
        gap = true;
        continue;
      }
      rows.copyWithin(to * ROW, i * ROW, (i + 1) * ROW);
      if (gap) rows[to * ROW + GAP] = 1;
      gap = false;
      to += 1;
    }
    this.length = to;
    if (to <= 2 * most) return;
    // All but the first, and what is left is behind a gap.
    rows.copyWithin(ROW, (to - most + 1) * ROW, to * ROW);
    rows[ROW + GAP] = 1;
    this.length = most;
  }

  /**
   * Leaves out all points before a time but the last of them.
   *
   * @returns whether the first point is before that time, so that something after it is compared with it
   */
  leaveOut(before: Millis): boolean {
    let first = 0;
    while (first + 1 < this.length && this.at(first + 1) < before) first += 1;
    if (first > 0) {
      this.#rows.copyWithin(0, first * ROW, this.length * ROW);
      this.length -= first;
      if (this.length < LEAST_ROWS && this.#rows.length > 4 * LEAST_ROWS * ROW) this.#resize(LEAST_ROWS);
    }
    return this.length > 0 && this.at(0) < before;
  }

  get bytes(): number {
    return this.#rows.byteLength;
  }

  #cell(i: number, cellMs: Millis): number {
    return Math.floor((this.#rows[i * ROW + AT] as number) / cellMs);
  }

  #resize(rows: number): void {
    const other = new Float64Array(Math.max(LEAST_ROWS, rows) * ROW);
    other.set(this.#rows.subarray(0, this.length * ROW));
    this.#rows = other;
  }
}
