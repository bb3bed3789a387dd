import type { Millis } from '../core/clock.js';
import { globMatcher } from '../core/glob.js';
import type { ByteTable } from '../wire/byte-table.js';
import type { Series } from '../wire/series.js';
import type { Arrival } from './arrival.js';
import type { AlignedDefinition, SessionDefinition, WindowDefinition } from './definition.js';
import { mergePanes, Pane } from './pane.js';
import { type Missed, PaneStore } from './pane-store.js';
import { SeriesIndex, UNWANTED } from './series-index.js';
import type { HeldGroup } from './session-groups.js';
import { type SessionRow, sessionRows } from './session-rows.js';
import { SessionStore } from './session-store.js';
import type { QuantileSketch } from './sketch.js';
import { mergeSketches, SKETCH_BYTES, SketchPane } from './sketch-pane.js';

/** Estimated quantiles by their name, "0.95"; null for a definition that asks for none. */
export type Quantiles = Readonly<Record<string, number>> | null;

/** Takes closed windows, one after the other by end; the series of one in the order of their numbers. */
export interface WindowSink {
  /** @returns whether the window's series are wanted */
  begin(definition: WindowDefinition, start: Millis, end: Millis, watermark: Millis): boolean;
  /**
   * A series of the window that was begun last: its identity is the run of `group` in `identities`, its
   * row is at `at` in `cells`, until the next.
   */
  put(identities: ByteTable, group: number, cells: Float64Array, at: number, quantiles: Quantiles): void;
}

/** Told what a restart must know of a series in a session definition; see `SessionStore`. */
export type SeriesHeld = (definition: SessionDefinition, series: Series, held: HeldGroup | null) => void;

/** About what a session takes, and a series that one has been open of. */
const SESSION_BYTES = 600;
const HELD_BYTES = 250;

type Panes = PaneStore<number, Pane, AlignedDefinition>;
type Sessions = SessionStore<number, SessionRow, SessionDefinition>;

/**
 * Windows of several definitions over the points of one partition.
 *
 * Definitions with the same grouping and the same globs share their panes. The engine knows
 * nothing of logs or encodings: it is given series numbers, values and times.
 */
export class WindowEngine {
  readonly series: SeriesIndex;
  readonly #stores: readonly (Panes | Sessions)[];

  /** @param maxSeries most series of a pane, and of a session definition, where it does not say */
  constructor(
    definitions: readonly WindowDefinition[],
    private readonly maxSeries: number,
    private readonly seriesHeld: SeriesHeld,
  ) {
    const sharing = new Map<string, AlignedDefinition[]>();
    for (const definition of definitions) {
      if (definition.kind === 'session') continue;
      const { metrics, tenants, groupBy, quantiles, maxSeries: limit } = definition;
      // Sketches cost: definitions without quantiles keep to themselves.
      const key = JSON.stringify([metrics, tenants, groupBy, quantiles !== undefined, limit]);
      sharing.set(key, [...(sharing.get(key) ?? []), definition]);
    }
    const panes = [...sharing.values()].map(
      (shared): Panes =>
        new PaneStore(
          shared,
          shared[0]?.maxSeries ?? maxSeries,
          shared[0]?.quantiles === undefined ? () => new Pane() : () => new SketchPane(),
        ),
    );
    const sessions = definitions.filter((definition) => definition.kind === 'session');
    this.#stores = [
      ...panes,
      ...sessions.map((definition, i) => this.#sessionsOf(definition, panes.length + i)),
    ];
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
    );
  }

  /**
   * Counts a point of a known series, and appends the windows that it has missed to `missed`.
   *
   * @returns a definition that has no room for the series, or null
   */
  add(series: number, point: Arrival<number>, missed: Missed[]): WindowDefinition | null {
    let full: WindowDefinition | null = null;
    for (let i = 0; i < this.#stores.length; i++) {
      const group = this.series.groupOf(i, series);
      if (group === UNWANTED) continue;
      const store = this.#stores[i] as Panes | Sessions;
      if (store.add(group, point, missed) === 'full') full = store.definitions[0] ?? null;
    }
    return full;
  }

  /**
   * Counts a point again that had been counted when the state was as it is to become at the end of
   * the replay. Its `time` is the stream time at that end; `ignored` takes what has been told before.
   */
  replay(series: number, point: Arrival<number>, ignored: Missed[]): void {
    for (let i = 0; i < this.#stores.length; i++) {
      const group = this.series.groupOf(i, series);
      if (group === UNWANTED) continue;
      const store = this.#stores[i] as Panes | Sessions;
      if (store instanceof SessionStore) store.replay(group, point);
      else store.add(group, point, ignored);
    }
  }

  /** Before a replay: what {@link SeriesHeld} has said last. */
  hold(definition: SessionDefinition, series: Series, held: HeldGroup): void {
    const i = this.#stores.findIndex(({ definitions }) => definitions[0] === definition);
    const store = this.#stores[i];
    const group = this.series.groupOf(i, this.series.intern(series));
    if (store instanceof SessionStore && group !== UNWANTED) store.hold(group, held);
  }

  /** True when the stream time closes a window. */
  closes(time: Millis): boolean {
    for (let i = 0; i < this.#stores.length; i++)
      if ((this.#stores[i] as Panes | Sessions).closes(time)) return true;
    return false;
  }

  close(time: Millis, sink: WindowSink): void {
    this.#stores.forEach((store, i) => {
      const identities = this.series.identities(i);
      if (store instanceof SessionStore) {
        store.close(time, (definition, group, start, end, watermark, { cells, sketch }) => {
          if (!sink.begin(definition, start, end, watermark)) return;
          sink.put(identities, group, cells, 0, sketch === null ? null : quantilesOf(definition, sketch));
        });
        return;
      }
      store.close(time, (definition, start, end, watermark, panes) => {
        if (!sink.begin(definition, start, end, watermark)) return;
        mergePanes(panes, (group, cells, at) => {
          const sketch =
            definition.quantiles === undefined ? null : mergeSketches(panes as readonly SketchPane[], group);
          sink.put(identities, group, cells, at, sketch === null ? null : quantilesOf(definition, sketch));
        });
      });
    });
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
    return bytes;
  }

  #sessionsOf(definition: SessionDefinition, index: number): Sessions {
    const rows = sessionRows(definition.quantiles !== undefined);
    return new SessionStore(definition, definition.maxSeries ?? this.maxSeries, rows, (group, held) =>
      this.seriesHeld(definition, this.series.describe(index, group), held),
    );
  }
}

function quantilesOf({ quantiles = [] }: WindowDefinition, sketch: QuantileSketch): Quantiles {
  return Object.fromEntries(quantiles.map((q) => [String(q), sketch.quantile(q)]));
}
