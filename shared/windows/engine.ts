import type { Millis } from '../core/clock.js';
import { globMatcher } from '../core/glob.js';
import type { WindowDefinition } from './definition.js';
import { mergePanes, Pane } from './pane.js';
import { type Missed, PaneStore } from './pane-store.js';
import type { Series } from './series.js';
import { SeriesIndex, UNWANTED } from './series-index.js';
import { mergeSketches, SketchPane } from './sketch-pane.js';

/** Estimated quantiles by their name, "0.95"; null for a definition that asks for none. */
export type Quantiles = Readonly<Record<string, number>> | null;

/** A closed window with its series, whose row is at `at` in `cells`, until the next. */
export type EmitSeriesWindow = (
  definition: WindowDefinition,
  series: Series,
  start: Millis,
  end: Millis,
  watermark: Millis,
  cells: Float64Array,
  at: number,
  quantiles: Quantiles,
) => void;

type Store = PaneStore<number, Pane, WindowDefinition>;

/**
 * Windows of several definitions over the points of one partition.
 *
 * Definitions with the same grouping and the same globs share their panes. The engine knows
 * nothing of logs or encodings: it is given series numbers, values and times.
 */
export class WindowEngine {
  readonly series: SeriesIndex;
  readonly #stores: readonly Store[];

  constructor(definitions: readonly WindowDefinition[], maxSeriesPerPane: number) {
    const sharing = new Map<string, WindowDefinition[]>();
    for (const definition of definitions) {
      const { metrics, tenants, groupBy, quantiles } = definition;
      // Sketches cost: definitions without quantiles keep to themselves.
      const key = JSON.stringify([metrics, tenants, groupBy, quantiles !== undefined]);
      sharing.set(key, [...(sharing.get(key) ?? []), definition]);
    }
    this.#stores = [...sharing.values()].map(
      (shared): Store =>
        new PaneStore(
          shared,
          maxSeriesPerPane,
          shared[0]?.quantiles === undefined ? () => new Pane() : () => new SketchPane(),
        ),
    );
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
   * @returns the name of a definition that has no room for the series, or null
   */
  add(
    series: number,
    value: number,
    at: Millis,
    offset: number,
    time: Millis,
    missed: Missed[],
  ): string | null {
    let full: string | null = null;
    for (let i = 0; i < this.#stores.length; i++) {
      const group = this.series.groupOf(i, series);
      if (group === UNWANTED) continue;
      const store = this.#stores[i] as Store;
      if (store.add(group, value, at, offset, time, missed) === 'full')
        full = store.definitions[0]?.name ?? '';
    }
    return full;
  }

  /** True when the stream time closes a window. */
  closes(time: Millis): boolean {
    for (let i = 0; i < this.#stores.length; i++) if ((this.#stores[i] as Store).closes(time)) return true;
    return false;
  }

  close(time: Millis, emit: EmitSeriesWindow): void {
    this.#stores.forEach((store, i) => {
      store.close(time, (definition, start, end, watermark, panes) =>
        mergePanes(panes, (group, cells, at) =>
          emit(
            definition,
            this.series.describe(i, group),
            start,
            end,
            watermark,
            cells,
            at,
            quantilesOf(definition, panes, group),
          ),
        ),
      );
    });
  }

  /** Offset of the oldest record that an open window still needs; infinite when there is none. */
  get oldestOffset(): number {
    return Math.min(...this.#stores.map((store) => store.oldestOffset));
  }

  /** Aggregates held in open panes. */
  get size(): number {
    return this.#stores.reduce((sum, store) => sum + store.size, 0);
  }
}

function quantilesOf({ quantiles }: WindowDefinition, panes: readonly Pane[], group: number): Quantiles {
  if (quantiles === undefined) return null;
  const sketch = mergeSketches(panes as readonly SketchPane[], group);
  return Object.fromEntries(quantiles.map((q) => [String(q), sketch.quantile(q)]));
}
