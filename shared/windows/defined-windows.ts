import type { Millis } from '../core/clock.js';
import { globMatcher } from '../core/glob.js';
import { CUMULATIVE, DELTA, GAUGE, MEMBER } from '../wire/metric-point-reader.js';
import type { Series } from '../wire/series.js';
import type { KindArrival } from './arrival.js';
import { addIncrease } from './cells.js';
import { type AddIncrease, Counters, type LastPoint, type SkipReason } from './counters.js';
import type { AlignedDefinition, SessionDefinition, WindowDefinition } from './definition.js';
import { DistinctSketch } from './distinct.js';
import { type GroupLimits, limitOf } from './group-limits.js';
import type { FullWindow, OpenWindows } from './keyed-batch.js';
import type { LatePoint } from './late-counters.js';
import { type MemberSkip, Members, memberFigures, type SketchLimits, SketchRoom } from './members.js';
import { type Missed, PaneStore } from './pane-store.js';
import { digestOf, fingerprintOf } from './position.js';
import { ClosedRows, membersOf, mergePanes, Pane, type Quantiles } from './rows.js';
import { SeriesIndex, UNWANTED } from './series-index.js';
import type { HeldGroup } from './session-groups.js';
import { type SessionRow, sessionRows } from './session-rows.js';
import { SessionStore } from './session-store.js';
import type { QuantileSketch } from './sketch.js';
import { mergeSketches, SKETCH_BYTES, SketchPane } from './sketch-pane.js';

/** Called with what a restart must know of a series in a session definition; see `SessionStore`. */
export type SeriesHeld = (definition: SessionDefinition, series: Series, held: HeldGroup | null) => void;

/**
 * What a restart must know of counters, by the store of windows that they are counted for: definitions that share panes
 * are one store.
 */
export interface CounterChanges {
  readonly last: (store: string, series: Series, last: LastPoint | null) => void;
  readonly late: (store: string, series: Series, offset: number, late: LatePoint | null) => void;
  /** Called for each point that adds nothing to an increase because of a bound. */
  readonly skipped: (tenantId: string, reason: SkipReason) => void;
}

export interface DefinedWindowsOptions {
  readonly definitions: readonly WindowDefinition[];
  /** Most series of a pane, and of a session definition, where it does not say. */
  readonly maxSeries: number;
  /** Most of these of one tenant; all of them if it is left out. */
  readonly maxSeriesOfTenant?: number | undefined;
  /** By name of a definition, the first window start that counts; those before may lack points. */
  readonly firstStarts: ReadonlyMap<string, Millis>;
  readonly seriesHeld: SeriesHeld;
  /** A counter's point that is further before another is not compared with it. */
  readonly counterIdleMs: Millis;
  readonly counterChanges: CounterChanges;
  readonly members: MemberLimits;
}

/** How much memory the members of a pane, or of the sessions of a definition, may take. */
export interface MemberLimits extends Omit<SketchLimits, 'tenantOf'> {
  /** Called for each point of kind member that is not counted as one. */
  readonly skipped: (tenantId: string, reason: MemberSkip) => void;
}

/** About what a session takes, and a series that one has been open of. */
const SESSION_BYTES = 600;
const HELD_BYTES = 250;

type Panes = PaneStore<number, Pane, AlignedDefinition>;
type Sessions = SessionStore<number, SessionRow, SessionDefinition>;

/** What is counted beside values, for the windows of one store. */
interface Counting {
  /** The same for the same store after a restart. */
  readonly key: string;
  /** Null until there is one. */
  counters: Counters | null;
  readonly add: AddIncrease;
  /** Counts a member where there is a pane or a session for it; false when that has no room for it. */
  readonly addMember: (group: number, at: Millis, value: number) => boolean;
  /** For the members of sessions; those of panes have one for each pane. */
  readonly room: SketchRoom;
  /** Stream time from which on idle counters of sessions are looked for. */
  forgetAt: Millis;
}

/**
 * Windows of several definitions over the points of one partition: figures in rows of numbers, keys are series.
 *
 * Definitions with the same grouping and the same globs share their panes.
 */
export class DefinedWindows implements OpenWindows<number, ClosedRows> {
  readonly series: SeriesIndex;
  readonly #stores: readonly (Panes | Sessions)[];
  /** Of each store. */
  readonly #counting: readonly Counting[];
  #closed = new ClosedRows();
  readonly #ignored: Missed[] = [];

  constructor(private readonly options: DefinedWindowsOptions) {
    const { definitions } = options;
    const sharing = new Map<string, AlignedDefinition[]>();
    for (const definition of definitions) {
      if (definition.kind === 'session') continue;
      const { metrics, tenants, groupBy, quantiles, maxSeries: limit } = definition;
      // Sketches cost: definitions without quantiles keep to themselves.
      const key = JSON.stringify([metrics, tenants, groupBy, quantiles !== undefined, limit]);
      sharing.set(key, [...(sharing.get(key) ?? []), definition]);
    }
    const panes = [...sharing.values()].map(
      (shared, i): Panes =>
        new PaneStore(
          shared,
          this.#limitsOf(shared[0], i),
          shared[0]?.quantiles === undefined ? () => new Pane() : () => new SketchPane(),
        ),
    );
    const sessions = definitions.filter((definition) => definition.kind === 'session');
    this.#stores = [
      ...panes,
      ...sessions.map((definition, i) => this.#sessionsOf(definition, panes.length + i)),
    ];
    const keys = [...[...sharing.keys()].map(digestOf), ...sessions.map(fingerprintOf)];
    this.#counting = this.#stores.map((store, i) => this.#countingOf(store, i, keys[i] as string));
    this.series = new SeriesIndex(
      this.#stores.map((store) => {
        const [{ metrics, tenants, groupBy }] = store.definitions as [WindowDefinition];
        const [metricMatches, tenantMatches] = [globMatcher(metrics), globMatcher(tenants)];
        return {
          groupBy,
          wants: (tenantId, metric) => metricMatches(metric) && tenantMatches(tenantId),
          eachGroup: (callback) => store.eachGroup(callback),
        };
      }),
      (callback) => {
        for (const { counters } of this.#counting) counters?.eachSeries(callback);
      },
    );
  }

  add(series: number, point: KindArrival<number>, missed: Missed[]): FullWindow | null {
    let full: FullWindow | null = null;
    for (let i = 0; i < this.#stores.length; i++) {
      const group = this.series.groupOf(i, series);
      if (group === UNWANTED) continue;
      const store = this.#stores[i] as Panes | Sessions;
      const before = missed.length;
      const outcome = store.add(group, point, missed);
      if (outcome !== 'counted') full = this.#full(store, outcome === 'share');
      else if (point.kind !== GAUGE) this.#count(i, series, group, point, missed.length > before);
    }
    if (missed.length > 0) this.#dropUncounted(missed);
    return full;
  }

  /**
   * Counts a point again that had been counted when the state was as it is to become at the end of
   * the replay. Its `time` is the stream time at that end.
   */
  replay(series: number, point: KindArrival<number>): void {
    for (let i = 0; i < this.#stores.length; i++) {
      const group = this.series.groupOf(i, series);
      if (group === UNWANTED) continue;
      const store = this.#stores[i] as Panes | Sessions;
      if (store instanceof SessionStore) {
        if (store.replay(group, point) && point.kind !== GAUGE) this.#count(i, series, group, point, false);
        continue;
      }
      const outcome = store.add(group, point, this.#ignored);
      if (point.kind === GAUGE || outcome !== 'counted' || store.paneAt(point.at) === undefined) continue;
      // What is known of a late one is known already.
      const isKnown = point.kind !== DELTA && this.#counting[i]?.counters?.wasLate(point.offset) === true;
      if (!isKnown) this.#count(i, series, group, point, false);
    }
    // Reported before the restart.
    this.#ignored.length = 0;
  }

  /** Before a replay: what {@link SeriesHeld} was called with last. */
  hold(definition: SessionDefinition, series: Series, held: HeldGroup): void {
    const i = this.#stores.findIndex(({ definitions }) => definitions[0] === definition);
    const store = this.#stores[i];
    const group = this.series.groupOf(i, this.series.intern(series));
    if (store instanceof SessionStore && group !== UNWANTED) store.hold(group, held);
  }

  /** Before a replay: what {@link CounterChanges} was called with last; false where it is of no use any more. */
  holdCounter(key: string, series: Series, last: LastPoint | LatePoint): boolean {
    const i = this.#counting.findIndex((counting) => counting.key === key);
    if (i < 0) return false;
    const number = this.series.intern(series);
    const group = this.series.groupOf(i, number);
    if (group === UNWANTED) return false;
    const counters = this.#countersOf(i);
    return 'offset' in last ? counters.holdLate(number, group, last) : counters.hold(number, group, last);
  }

  get closesAt(): Millis {
    let closesAt = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#stores.length; i++) {
      const due = (this.#stores[i] as Panes | Sessions).closesAt;
      if (due < closesAt) closesAt = due;
    }
    return closesAt;
  }

  close(time: Millis, index: number): void {
    for (let i = 0; i < this.#stores.length; i++) {
      const store = this.#stores[i] as Panes | Sessions;
      if (store instanceof SessionStore) this.#closeSessions(store, i, time, index);
      else this.#closePanes(store, i, time, index);
    }
  }

  takeClosed(): ClosedRows {
    const closed = this.#closed;
    this.#closed = new ClosedRows();
    return closed;
  }

  /** Offset of the oldest record that an open window still needs; infinite when there is none. */
  get oldestOffset(): number {
    return Math.min(...this.#stores.map((store) => store.oldestOffset));
  }

  /** Aggregates held, in open panes and open sessions. */
  get size(): number {
    return this.#stores.reduce((sum, store) => sum + store.size, 0);
  }

  /** About how much memory the state takes. */
  get bytes(): number {
    let bytes = this.series.bytes;
    for (const store of this.#stores) {
      if (store instanceof SessionStore) {
        const sketch = store.definitions[0].quantiles === undefined ? 0 : SKETCH_BYTES;
        bytes += store.size * (SESSION_BYTES + sketch) + store.groups * HELD_BYTES;
      } else
        store.eachPane((pane) => {
          bytes += pane.bytes;
        });
    }
    for (const { counters, room } of this.#counting) bytes += (counters?.bytes ?? 0) + room.bytes;
    return bytes;
  }

  #closePanes(store: Panes, grouping: number, time: Millis, index: number): void {
    const closed = this.#closed;
    const identities = this.series.identities(grouping);
    const { counters } = this.#counting[grouping] as Counting;
    store.close(time, ({ name: window, graceMs, quantiles: asked }, start, end, watermark, panes) => {
      if (!this.#counts(window, start)) return;
      const quantiles: Quantiles[] | null = asked === undefined ? null : [];
      const rows = closed.begin({ window, start, end, watermark, index, time, identities }, quantiles);
      mergePanes(panes, closed);
      rows.endRow = closed.length;
      counters?.eachLateChange({ start, end, graceMs }, (group, change) =>
        closed.addIncrease(rows, group, change),
      );
      // Windows that begin at multiples of their size cover time once: one sketch is enough to add them up.
      rows.members = membersOf(
        panes,
        closed.groups.subarray(rows.firstRow, rows.endRow),
        start % (end - start) === 0,
      );
      if (asked === undefined) return;
      for (let row = rows.firstRow; row < rows.endRow; row++) {
        const group = closed.groups[row] as number;
        quantiles?.push(quantilesOf(asked, mergeSketches(panes as readonly SketchPane[], group)));
      }
    });
    counters?.closed(store.closedBefore(time));
  }

  #closeSessions(store: Sessions, grouping: number, time: Millis, index: number): void {
    const closed = this.#closed;
    const identities = this.series.identities(grouping);
    store.close(time, ({ name: window, quantiles: asked = [] }, group, start, end, watermark, row) => {
      row.members?.release();
      if (!this.#counts(window, start)) return;
      const quantiles = row.sketch === null ? null : [quantilesOf(asked, row.sketch)];
      const rows = closed.begin({ window, start, end, watermark, index, time, identities }, quantiles);
      closed.reserve(1);
      const at = closed.append(group);
      closed.cells.set(row.cells, at);
      rows.endRow = closed.length;
      if (row.members !== null) rows.members = [memberFigures([row.members], true)];
    });
    const [{ gapMs, maxMs, graceMs }] = store.definitions;
    const counting = this.#counting[grouping] as Counting;
    if (counting.counters === null || time < counting.forgetAt) return;
    counting.counters.forget(time - graceMs - gapMs - maxMs);
    counting.forgetAt = time + this.options.counterIdleMs / 4;
  }

  /**
   * Counts what a point that is no gauge means beside its value, once that is counted. A late one, for which some window of these
   * has been closed, counts in the others.
   */
  #count(i: number, series: number, group: number, point: KindArrival<number>, isLate: boolean): void {
    const { add, addMember } = this.#counting[i] as Counting;
    const { kind, at, value, start, offset, time } = point;
    const store = this.#stores[i] as Panes | Sessions;
    if (isLate && (store instanceof SessionStore || store.paneAt(at) === undefined)) return;
    if (kind === DELTA) add(group, at, value);
    else if (kind === MEMBER) {
      const skip = !DistinctSketch.holds(value) ? 'value' : addMember(group, at, value) ? null : 'memory';
      if (skip !== null) this.options.members.skipped(this.series.tenantOfSeries(series), skip);
    } else if (kind !== CUMULATIVE) return;
    else if (isLate) this.#countersOf(i).countLate(series, group, { at, value, start, offset, time });
    else this.#countersOf(i).count(series, group, at, value, start, add);
  }

  /** Most streams have no counters: nothing is kept of any until the first comes. */
  #countersOf(i: number): Counters {
    const counting = this.#counting[i] as Counting;
    if (counting.counters !== null) return counting.counters;
    const {
      maxSeries: max,
      maxSeriesOfTenant: maxOfTenant = max,
      counterIdleMs,
      counterChanges,
    } = this.options;
    const store = this.#stores[i] as Panes | Sessions;
    const { key } = counting;
    counting.counters = new Counters({
      idleMs: counterIdleMs,
      cellMs: store instanceof SessionStore ? store.definitions[0].gapMs : store.paneMs,
      ...{ max, maxOfTenant },
      tenantOf: (series) => this.series.tenantOfSeries(series),
      lastChanged: (series, last) => counterChanges.last(key, this.series.describeSeries(series), last),
      lateChanged: (series, offset, late) =>
        counterChanges.late(key, this.series.describeSeries(series), offset, late),
      skipped: (series, reason) => counterChanges.skipped(this.series.tenantOfSeries(series), reason),
    });
    return counting.counters;
  }

  #limitsOf(definition: WindowDefinition | undefined, grouping: number): GroupLimits {
    const { maxSeries, maxSeriesOfTenant = maxSeries } = this.options;
    if (definition?.maxSeries !== undefined) return limitOf(definition.maxSeries);
    const tenantOf = (group: number) => this.series.tenantOf(grouping, group);
    return { max: maxSeries, maxOfTenant: maxSeriesOfTenant, tenantOf };
  }

  #countingOf(store: Panes | Sessions, i: number, key: string): Counting {
    const limits = { ...this.options.members, tenantOf: (group: number) => this.series.tenantOf(i, group) };
    const room = new SketchRoom(limits);
    const common = { key, counters: null, room, forgetAt: Number.NEGATIVE_INFINITY };
    if (store instanceof SessionStore)
      return {
        ...common,
        add: (group, at, increase) => {
          const row = store.figuresAt(group, at);
          if (row !== undefined) addIncrease(row.cells, 0, increase);
        },
        addMember: (group, at, value) => {
          const row = store.figuresAt(group, at);
          if (row === undefined) return true;
          row.members ??= new Members(room, group);
          return row.members.add(value);
        },
      };
    return {
      ...common,
      add: (group, at, increase) => store.paneAt(at)?.addIncrease(group, increase),
      addMember: (group, at, value) => store.paneAt(at)?.addMember(group, value, limits) ?? true,
    };
  }

  #full({ definitions: [first] }: Panes | Sessions, share: boolean): FullWindow | null {
    if (first === undefined) return null;
    const { name, maxSeries } = first;
    const { maxSeriesOfTenant = this.options.maxSeries } = this.options;
    return share ? { name, tenantHas: maxSeriesOfTenant } : { name, maxSeries };
  }

  /** A window that began before its definition was in force may lack points: it is left out. */
  #counts(window: string, start: Millis): boolean {
    return start >= (this.options.firstStarts.get(window) ?? Number.NEGATIVE_INFINITY);
  }

  #dropUncounted(missed: Missed[]): void {
    const kept = missed.filter(({ window, start }) => this.#counts(window, start));
    missed.splice(0, missed.length, ...kept);
  }

  #sessionsOf(definition: SessionDefinition, index: number): Sessions {
    const rows = sessionRows(definition.quantiles !== undefined);
    return new SessionStore(definition, this.#limitsOf(definition, index), rows, (group, held) => {
      this.options.seriesHeld(definition, this.series.describe(index, group), held);
      if (held !== null) this.#counting[index]?.counters?.closedGroup(group, held.closed);
    });
  }
}

function quantilesOf(asked: readonly number[], sketch: QuantileSketch): Quantiles {
  return Object.fromEntries(asked.map((q) => [String(q), sketch.quantile(q)]));
}
