import type { Millis } from '../core/clock.js';
import { type CounterRun, increaseOf } from './counter-run.js';

/** A point of a counter that came after a window around it had closed, and counts in others. */
export interface LatePoint {
  readonly at: Millis;
  readonly value: number;
  /** When the counter began; NaN where that is not known. */
  readonly start: Millis;
  readonly offset: number;
  /** Stream time that it came at. */
  readonly time: Millis;
}

/** A window of a definition that closes. */
export interface WindowLink {
  readonly start: Millis;
  readonly end: Millis;
  readonly graceMs: Millis;
}

/** Late points that are kept at most: of one counter, and of all. */
const MOST_OF_COUNTER = 64;
const MOST_LATE = 20_000;
const LATE_BYTES = 120;

/**
 * The late points of counters.
 *
 * A late point counts in those of its windows that were still open when it came, like its value: there it is one of the points in
 * order of time. Windows that follow each other have to add up whatever they lack, so what is before the first point of a window is the
 * last one that counts in the windows that it follows: with a size of a minute, of [60 s, 120 s) the last one in
 * [0 s, 60 s). Hence a late point is not among those that increases go through as they come; what it changes is worked out for
 * each window when that closes.
 */
export class LateCounters {
  readonly #late = new Map<number, LatePoint[]>();
  readonly #offsets = new Set<number>();

  constructor(
    private readonly options: {
      readonly idleMs: Millis;
      readonly lateChanged: (series: number, offset: number, late: LatePoint | null) => void;
    },
  ) {}

  get bytes(): number {
    return this.#offsets.size * LATE_BYTES;
  }

  has(offset: number): boolean {
    return this.#offsets.has(offset);
  }

  isOf(series: number): boolean {
    return this.#late.has(series);
  }

  /** @returns false when there are too many */
  add(series: number, late: LatePoint): boolean {
    if (this.#offsets.size >= MOST_LATE || (this.#late.get(series)?.length ?? 0) >= MOST_OF_COUNTER)
      return false;
    this.hold(series, late);
    this.options.lateChanged(series, late.offset, late);
    return true;
  }

  hold(series: number, late: LatePoint): void {
    const points = this.#late.get(series) ?? [];
    points.push(late);
    points.sort((a, b) => a.at - b.at || a.offset - b.offset);
    this.#late.set(series, points);
    this.#offsets.add(late.offset);
  }

  /** Drops points of closed windows that nothing is compared with any more: those before `until`. */
  closed(series: number, before: Millis, until: Millis): void {
    const points = this.#late.get(series);
    if (points === undefined) return;
    const kept = points.filter(({ at }) => at >= before || at >= until);
    if (kept.length === points.length) return;
    for (const { at, offset } of points) {
      if (at >= before || at >= until) continue;
      this.#offsets.delete(offset);
      this.options.lateChanged(series, offset, null);
    }
    if (kept.length > 0) this.#late.set(series, kept);
    else this.#late.delete(series);
  }

  /** Calls back with what late points change of a window's increase, by series; 0 where one counts and changes nothing. */
  eachChange(
    window: WindowLink,
    runOf: (series: number) => CounterRun | undefined,
    callback: (series: number, change: number) => void,
  ): void {
    for (const [series, points] of this.#late) {
      const late = points.filter(
        (point) => point.at < window.end && (point.at >= window.start || links(point, window)),
      );
      const run = runOf(series);
      if (late.length === 0 || run === undefined) continue;
      const change = this.#withLate(run, late, window) - this.#withLate(run, [], window);
      if (change !== 0 || late.some(({ at }) => at >= window.start)) callback(series, change);
    }
  }

  /** The increase in a window, of points in time and these late ones, in order of time. */
  #withLate(run: CounterRun, late: readonly LatePoint[], { start, end }: WindowLink): number {
    const { idleMs } = this.options;
    let [beforeAt, before] = [Number.NaN, Number.NaN];
    let [i, j, sum] = [0, 0, 0];
    for (;;) {
      const next = late[j];
      // Of points with the same time a late one came last.
      const isLate = next !== undefined && (i >= run.length || next.at < run.at(i));
      const at = isLate ? next.at : i < run.length ? run.at(i) : end;
      if (at >= end) return sum;
      const value = isLate ? next.value : run.value(i);
      if (at >= start)
        sum += increaseOf(idleMs, beforeAt, before, at, value, isLate ? next.start : run.start(i));
      beforeAt = at;
      before = value;
      if (isLate) j += 1;
      else i += 1;
    }
  }
}

/** Whether a late point before a window counts in the one among those it follows that the point lies in. */
function links({ at, time }: LatePoint, { start, end, graceMs }: WindowLink): boolean {
  const size = end - start;
  const chainEnd = start - size * (Math.ceil((start - at) / size) - 1);
  return chainEnd > time - graceMs;
}
