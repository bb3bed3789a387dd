import type { Millis } from '../core/clock.js';
import { SharedRoom } from '../core/tenant-shares.js';
import { CounterRun } from './counter-run.js';
import { LateCounters, type LatePoint, type WindowLink } from './late-counters.js';

/** The last point of a counter that is compared with later ones, and may have been read long ago. */
export interface LastPoint {
  readonly at: Millis;
  readonly value: number;
}

/** Why a point of a counter adds nothing to an increase. */
export type SkipReason = 'series' | 'order' | 'late';

export interface CountersOptions {
  /** A point that is further before another one is not compared with it. */
  readonly idleMs: Millis;
  /** Windows begin and end at multiples of this only; points are left out within it. */
  readonly cellMs: Millis;
  /** Most counters that are followed, and most of them of one tenant. */
  readonly max: number;
  readonly maxOfTenant: number;
  readonly tenantOf: (series: number) => string;
  /** Called with what a restart must know of a counter; null when it is forgotten. */
  readonly lastChanged: (series: number, last: LastPoint | null) => void;
  /** The same for a late point, by its offset. */
  readonly lateChanged: (series: number, offset: number, late: LatePoint | null) => void;
  /** Called for each point that adds nothing because of a bound. */
  readonly skipped: (series: number, reason: SkipReason) => void;
}

/** Where increases go: a pane, or a session. Nothing there is no window any more that they could count in. */
export type AddIncrease = (group: number, at: Millis, increase: number) => void;

/** Points of one counter that are kept at least, if there are as many, and at most twice, beside the last one of each cell, … */
const MOST_POINTS = 128;
/** … and when all counters have so many together. */
const FEW_POINTS = 16;
const MANY_POINTS = 2_000_000;

interface Counter {
  readonly run: CounterRun;
  readonly group: number;
  /** What was reported last; NaN for nothing. */
  savedAt: Millis;
}

/**
 * What counters go up by, point by point.
 *
 * What a counter goes up by from one point to the next counts where the later one is. So increases add up over panes, as sums do,
 * and over windows that follow each other; each counter needs only those of its points that another may still come before
 * or behind. One that comes between two others adds what leads to it, and changes what leads to the next.
 *
 * Late points: see {@link LateCounters}.
 */
export class Counters {
  readonly #counters: (Counter | undefined)[] = [];
  readonly #room: SharedRoom;
  readonly #late: LateCounters;
  /** The series of each group, where windows close group by group. */
  readonly #ofGroup = new Map<number, Set<number>>();
  #size = 0;
  #points = 0;

  constructor(private readonly options: CountersOptions) {
    this.#room = new SharedRoom(options.max, options.maxOfTenant);
    this.#late = new LateCounters(options);
  }

  get bytes(): number {
    return this.#size * COUNTER_BYTES + this.#points * POINT_BYTES + this.#late.bytes;
  }

  /** Counts a point that is in time for all windows around it. */
  count(series: number, group: number, at: Millis, value: number, start: Millis, add: AddIncrease): void {
    const { idleMs } = this.options;
    const counter = this.#counters[series] ?? this.#admit(series, group);
    if (counter === null) {
      this.options.skipped(series, 'series');
      add(group, at, 0);
      return;
    }
    const { run } = counter;
    const i = run.insert(at, value, start);
    if (i < 0) {
      this.options.skipped(series, 'order');
      add(group, at, 0);
      return;
    }
    this.#points += 1;
    add(group, at, run.increase(i, idleMs));
    if (i + 1 < run.length) {
      const change = run.increase(i + 1, idleMs) - run.increaseWithout(i, idleMs);
      if (change !== 0) add(group, run.at(i + 1), change);
    }
    // Rarely, and then half of them.
    const most = this.#points > MANY_POINTS ? FEW_POINTS : MOST_POINTS;
    if (run.length > 2 * most) this.#shorten(run, most);
  }

  /** Counts a point that some window around it has been closed without. */
  countLate(series: number, group: number, late: LatePoint): void {
    const counter = this.#counters[series] ?? this.#admit(series, group);
    if (counter === null) this.options.skipped(series, 'series');
    else if (!this.#late.add(series, late)) this.options.skipped(series, 'late');
  }

  /** Whether the point at this offset was late; before a restart. */
  wasLate(offset: number): boolean {
    return this.#late.has(offset);
  }

  /** What late points change of a window that closes; see {@link LateCounters}. */
  eachLateChange(window: WindowLink, callback: (group: number, change: number) => void): void {
    this.#late.eachChange(
      window,
      (series) => this.#counters[series]?.run,
      (series, change) => callback((this.#counters[series] as Counter).group, change),
    );
  }

  /** Before a replay: what was reported last; false when there is no room for it. */
  hold(series: number, group: number, last: LastPoint): boolean {
    const counter = this.#counters[series] ?? this.#admit(series, group);
    if (counter === null) return false;
    counter.run.insert(last.at, last.value, Number.NaN);
    counter.savedAt = last.at;
    this.#points += 1;
    return true;
  }

  holdLate(series: number, group: number, late: LatePoint): boolean {
    if ((this.#counters[series] ?? this.#admit(series, group)) === null) return false;
    this.#late.hold(series, late);
    return true;
  }

  /** All windows around times before this are closed: of each counter one point is enough. */
  closed(before: Millis): void {
    for (let series = 0; series < this.#counters.length; series++) this.#closedFor(series, before);
    this.forget(before);
  }

  /** The same for the counters of one group. */
  closedGroup(group: number, before: Millis): void {
    for (const series of this.#ofGroup.get(group) ?? []) this.#closedFor(series, before);
  }

  /** Forgets counters without a point that one from this time on would be compared with. */
  forget(time: Millis): void {
    const until = time - this.options.idleMs;
    for (let series = 0; series < this.#counters.length; series++) {
      const counter = this.#counters[series];
      if (counter === undefined || counter.run.length > 1) continue;
      this.#late.closed(series, time, until);
      const isIdle = counter.run.length === 0 || counter.run.at(0) < until;
      if (isIdle && !this.#late.isOf(series)) this.#forget(series, counter);
    }
  }

  #closedFor(series: number, before: Millis): void {
    const counter = this.#counters[series];
    if (counter === undefined) return;
    const { run } = counter;
    const { length } = run;
    const hasLast = run.leaveOut(before);
    this.#points -= length - run.length;
    if (!hasLast) return;
    const last = run.at(0);
    this.#late.closed(series, before, last);
    if (last === counter.savedAt && length === run.length) return;
    counter.savedAt = last;
    this.options.lastChanged(series, { at: last, value: run.value(0) });
  }

  /** Calls back with every series that is followed. */
  eachSeries(callback: (series: number) => void): void {
    this.#counters.forEach((_, series) => {
      callback(series);
    });
  }

  #shorten(run: CounterRun, most: number): void {
    const { length } = run;
    run.shorten(most, this.options.cellMs);
    this.#points -= length - run.length;
  }

  #admit(series: number, group: number): Counter | null {
    const { tenantOf } = this.options;
    if (this.#size >= this.#room.share) {
      const tenant = tenantOf(series);
      if (this.#room.refuses(tenant, this.#size, () => this.#tenants()) !== null) return null;
      this.#room.added(tenant);
    }
    const counter = { run: new CounterRun(), group, savedAt: Number.NaN };
    this.#counters[series] = counter;
    this.#size += 1;
    const others = this.#ofGroup.get(group);
    if (others === undefined) this.#ofGroup.set(group, new Set([series]));
    else others.add(series);
    return counter;
  }

  *#tenants(): Generator<string> {
    for (const series of this.#counters.keys())
      if (this.#counters[series] !== undefined) yield this.options.tenantOf(series);
  }

  #forget(series: number, { run, group, savedAt }: Counter): void {
    const others = this.#ofGroup.get(group);
    others?.delete(series);
    if (others?.size === 0) this.#ofGroup.delete(group);
    this.#points -= run.length;
    this.#size -= 1;
    if (this.#room.counting) this.#room.removed(this.options.tenantOf(series), this.#size);
    delete this.#counters[series];
    if (!Number.isNaN(savedAt)) this.options.lastChanged(series, null);
  }
}

/** About what a counter and one of its points take. */
const COUNTER_BYTES = 320;
const POINT_BYTES = 32;
