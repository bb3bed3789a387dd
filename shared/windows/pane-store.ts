import type { Millis } from '../core/clock.js';
import { SharedRoom } from '../core/tenant-shares.js';
import type { Arrival } from './arrival.js';
import { type GroupLimits, type Outcome, tenantsOf } from './group-limits.js';

/**
 * Panes that are kept for reuse instead of being made anew. As one is done with the next is opened; more
 * are left only by a jump in time, and would be as large as all series are many.
 */
const MAX_SPARE = 1;

/** What the store needs to know of a window: fields as in `WindowDefinition`. */
export interface AlignedWindow {
  readonly name: string;
  readonly sizeMs: Millis;
  readonly advanceMs: Millis;
  readonly graceMs: Millis;
}

/** What the store needs of a pane that takes values of type `V`. */
export interface OpenPane<V> {
  start: Millis;
  /** Offset of the first record that went in: from here on the log has to be read again. */
  oldestOffset: number;
  /** Number of groups with values. */
  readonly size: number;
  /** Makes a used pane an empty one for another time. */
  reset(start: Millis, offset: number): void;
  /** Gives back memory that it has no use for. */
  trim?(): void;
  has(group: number): boolean;
  add(group: number, value: V, at: Millis): void;
  eachGroup(callback: (group: number) => void): void;
}

/** A window that the watermark has passed, as the panes with values that it consists of, by time. */
export type EmitPanes<P, D> = (
  definition: D,
  start: Millis,
  end: Millis,
  watermark: Millis,
  panes: readonly P[],
) => void;

/** A closed window that a point has missed. */
export interface Missed {
  readonly window: string;
  readonly start: Millis;
  /** Watermark from which on the point is late for it. */
  readonly end: Millis;
  /** The definition's watermark, which has passed the window's end. */
  readonly watermark: Millis;
}

/** A definition with what the store knows about its windows. */
interface Track<D> {
  readonly definition: D;
  /** End of its next window with points; nothing closes before the watermark reaches it. */
  nextEnd: Millis;
}

/**
 * The open windows of definitions that share their panes.
 *
 * A pane is a stretch of time that lies in the same windows throughout; its length is the greatest
 * common divisor of all sizes and advances. Overlapping windows, and windows of several
 * definitions, are merged from panes when they close, so a point costs one update instead of one
 * per window (Li et al. 2005, "No pane, no gain"; Krishnamurthy, Wu and Franklin 2006, "On-the-fly
 * sharing for streamed aggregation"; Traub et al. 2019 call it general stream slicing).
 *
 * Time is the partition's stream time; a definition's watermark is that less its grace. A window
 * is open while its watermark is before its end. The limits of groups hold per pane, so that
 * reading the log again refuses the same points.
 *
 * What a pane holds is its own business: the store is given a factory of panes and hands out, for
 * each closed window, the panes to merge.
 */
export class PaneStore<V, P extends OpenPane<V>, D extends AlignedWindow> {
  readonly #panes = new Map<Millis, P>();
  readonly #spare: P[] = [];
  /** Of the panes with so many groups that one tenant may have more than its share, by their start. */
  readonly #rooms = new Map<Millis, SharedRoom>();
  readonly #tracks: readonly Track<D>[];
  readonly #paneMs: Millis;
  readonly #minGrace: Millis;
  /** The pane of the last point: nearly always that of the next one. */
  #current: P;
  #currentEnd: Millis = Number.NEGATIVE_INFINITY;
  /** Stream time at which the next window closes. */
  #closesAt: Millis = Number.POSITIVE_INFINITY;

  constructor(
    readonly definitions: readonly D[],
    private readonly limits: GroupLimits,
    private readonly makePane: () => P,
    private readonly maxPanes = Number.POSITIVE_INFINITY,
  ) {
    this.#current = makePane();
    this.#tracks = definitions.map((definition) => ({ definition, nextEnd: Number.POSITIVE_INFINITY }));
    this.#paneMs = definitions.reduce(
      (gcd, { sizeMs, advanceMs }) => divisor(gcd, divisor(sizeMs, advanceMs)),
      0,
    );
    this.#minGrace = Math.min(...definitions.map(({ graceMs }) => graceMs));
  }

  /** Counts a point in its open windows and appends those that it has missed to `missed`. */
  add(group: number, { value, at, offset, time }: Arrival<V>, missed: Missed[]): Outcome {
    if (at >= time - this.#minGrace) {
      // In time: no window around it can have closed.
      if ((at >= this.#currentEnd || at < this.#current.start) && !this.#turnTo(at, offset, time))
        return 'full';
      return this.#put(this.#current, group, value, at);
    }
    let open = false;
    for (const { definition } of this.#tracks) {
      const watermark = time - definition.graceMs;
      if (lastStart(definition, at) + definition.sizeMs > watermark) open = true;
      const { name, sizeMs, advanceMs } = definition;
      for (
        let start = firstStart(definition, at);
        start <= at && start + sizeMs <= watermark;
        start += advanceMs
      )
        missed.push({ window: name, start, end: start + sizeMs, watermark });
    }
    if (!open) return 'counted';
    if (!this.#turnTo(at, offset, time)) return 'full';
    return this.#put(this.#current, group, value, at);
  }

  /** The pane around a time; undefined where there is none. */
  paneAt(at: Millis): P | undefined {
    if (at >= this.#current.start && at < this.#currentEnd) return this.#current;
    return this.#panes.get(Math.floor(at / this.#paneMs) * this.#paneMs);
  }

  /** Length of a pane. */
  get paneMs(): Millis {
    return this.#paneMs;
  }

  /** All windows around earlier times are closed at this stream time. */
  closedBefore(time: Millis): Millis {
    return Math.min(
      ...this.definitions.map((definition) => firstStart(definition, time - definition.graceMs)),
    );
  }

  /** Stream time at which the next window closes; infinite when there is none. */
  get closesAt(): Millis {
    return this.#closesAt;
  }

  /** True when `close` would emit something at this stream time. */
  closes(time: Millis): boolean {
    return time >= this.#closesAt;
  }

  /** Hands every window that its watermark has passed to `emit`, by end, and drops what is done with. */
  close(time: Millis, emit: EmitPanes<P, D>): void {
    if (!this.closes(time)) return;
    for (const track of this.#tracks) {
      const watermark = time - track.definition.graceMs;
      if (watermark < track.nextEnd) continue;
      for (const end of this.#endsUpTo(track, watermark))
        this.#emitWindow(track.definition, end, watermark, emit);
    }
    this.#dropDone(time);
    this.#schedule(time);
  }

  /** Offset of the oldest record that an open window still needs; infinite when there is none. */
  get oldestOffset(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const pane of this.#panes.values()) oldest = Math.min(oldest, pane.oldestOffset);
    return oldest;
  }

  /** Number of (pane, group) pairs held. */
  get size(): number {
    let size = 0;
    for (const pane of this.#panes.values()) size += pane.size;
    return size;
  }

  /** Calls back with every pane that is kept, those for reuse included. */
  eachPane(callback: (pane: P) => void): void {
    this.#panes.forEach(callback);
    this.#spare.forEach(callback);
  }

  /** Calls back with every group that a pane holds, some more than once. */
  eachGroup(callback: (group: number) => void): void {
    for (const pane of this.#panes.values()) pane.eachGroup(callback);
  }

  #put(pane: P, group: number, value: V, at: Millis): Outcome {
    if (pane.size >= this.limits.maxOfTenant && !pane.has(group)) {
      const outcome = this.#admit(pane, group);
      if (outcome !== 'counted') return outcome;
    }
    pane.add(group, value, at);
    return 'counted';
  }

  #admit(pane: P, group: number): Outcome {
    const { limits } = this;
    const room = this.#rooms.get(pane.start) ?? new SharedRoom(limits.max, limits.maxOfTenant);
    this.#rooms.set(pane.start, room);
    const tenant = limits.tenantOf(group);
    const refused = room.refuses(tenant, pane.size, () => {
      const groups: number[] = [];
      pane.eachGroup((each) => groups.push(each));
      return tenantsOf(limits, groups);
    });
    if (refused !== null) return refused;
    room.added(tenant);
    return 'counted';
  }

  /** Makes the pane around `at` the current one; false when there is no room for another pane. */
  #turnTo(at: Millis, offset: number, time: Millis): boolean {
    const start = Math.floor(at / this.#paneMs) * this.#paneMs;
    let pane = this.#panes.get(start);
    if (pane === undefined) {
      if (this.#panes.size >= this.maxPanes) return false;
      pane = this.#spare.pop() ?? this.makePane();
      pane.reset(start, offset);
      this.#panes.set(start, pane);
      for (const track of this.#tracks) this.#expect(track, pane, time);
    }
    this.#current = pane;
    this.#currentEnd = start + this.#paneMs;
    return true;
  }

  /** Sees that the first open window around the pane is closed in time. */
  #expect(track: Track<D>, pane: P, time: Millis): void {
    const { definition } = track;
    const watermark = time - definition.graceMs;
    let end = firstStart(definition, pane.start) + definition.sizeMs;
    if (end <= watermark)
      end += (Math.floor((watermark - end) / definition.advanceMs) + 1) * definition.advanceMs;
    if (end > lastStart(definition, pane.start) + definition.sizeMs || end >= track.nextEnd) return;
    track.nextEnd = end;
    this.#closesAt = Math.min(this.#closesAt, end + definition.graceMs);
  }

  /** Ends of windows with points, from the next one to close on, up to the watermark. */
  #endsUpTo({ definition, nextEnd }: Track<D>, watermark: Millis): Millis[] {
    const { sizeMs, advanceMs } = definition;
    const ends = new Set<Millis>();
    for (const pane of this.#panes.values()) {
      const lastEnd = Math.min(lastStart(definition, pane.start) + sizeMs, watermark);
      for (
        let end = Math.max(nextEnd, firstStart(definition, pane.start) + sizeMs);
        end <= lastEnd;
        end += advanceMs
      )
        ends.add(end);
    }
    return [...ends].sort((a, b) => a - b);
  }

  #emitWindow(definition: D, end: Millis, watermark: Millis, emit: EmitPanes<P, D>): void {
    const start = end - definition.sizeMs;
    const panes = [...this.#panes.values()]
      .filter((pane) => pane.start >= start && pane.start < end)
      .sort((a, b) => a.start - b.start);
    emit(definition, start, end, watermark, panes);
  }

  #dropDone(time: Millis): void {
    for (const pane of this.#panes.values()) {
      const needed = this.#tracks.some(
        ({ definition }) => lastStart(definition, pane.start) + definition.sizeMs > time - definition.graceMs,
      );
      if (needed) {
        // What is being filled now will need it.
        if (pane.start > time || pane.start + this.#paneMs <= time) pane.trim?.();
        continue;
      }
      this.#panes.delete(pane.start);
      this.#rooms.delete(pane.start);
      if (pane === this.#current) this.#currentEnd = Number.NEGATIVE_INFINITY;
      if (this.#spare.length < MAX_SPARE) this.#spare.push(pane);
    }
  }

  #schedule(time: Millis): void {
    this.#closesAt = Number.POSITIVE_INFINITY;
    for (const track of this.#tracks) {
      track.nextEnd = Number.POSITIVE_INFINITY;
      for (const pane of this.#panes.values()) this.#expect(track, pane, time);
    }
  }
}

function lastStart({ advanceMs }: AlignedWindow, at: Millis): Millis {
  return Math.floor(at / advanceMs) * advanceMs;
}

/** Start of the oldest window that holds `at`. */
function firstStart({ sizeMs, advanceMs }: AlignedWindow, at: Millis): Millis {
  return Math.floor((at - sizeMs) / advanceMs) * advanceMs + advanceMs;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
