import type { Window } from '../functions/window.js';
import type { Labels } from '../model/labels.js';
import type { Selected, Series } from '../model/series-source.js';
import type { Sample, VectorAt } from './vector.js';

/** How long a series goes on after a point, in milliseconds. */
export const LOOKBACK_MS = 300_000;

/** Which time is looked at when an expression is evaluated, both in milliseconds. */
export type Look = (time: number) => number;

/** Counts, series by series, the points up to a time; in little time while the times go forward. */
class Counts {
  readonly #counts: Int32Array;

  constructor(private readonly series: readonly Series[]) {
    this.#counts = new Int32Array(series.length);
  }

  /** How many points of a series are before a time, or at it too. */
  until(index: number, time: number, including: boolean): number {
    const times = this.series[index]?.times ?? new Float64Array();
    let count = this.#counts[index] ?? 0;
    const isBefore = (at: number) => {
      const own = times[at] ?? Infinity;
      return own < time || (including && own === time);
    };
    if (count > 0 && !isBefore(count - 1)) count = 0;
    while (count < times.length && isBefore(count)) count++;
    this.#counts[index] = count;
    return count;
  }
}

/** The last point of each series that is no older than the lookback. */
export function lastPoints({ series, bucket }: Selected, look: Look): { at: VectorAt; stampsAt: VectorAt } {
  // A bucket of a roll-up stands until the next one ends.
  const lookback = Math.max(LOOKBACK_MS, bucket);
  const counts = new Counts(series);
  const found = (time: number, give: (one: Series, index: number) => number): Sample[] => {
    const looked = look(time);
    const samples: Sample[] = [];
    for (const [i, one] of series.entries()) {
      const last = counts.until(i, looked, true) - 1;
      if (last < 0 || (one.times[last] ?? 0) < looked - lookback) continue;
      samples.push({ labels: one.labels, value: give(one, last) });
    }
    return samples;
  };
  return {
    at: (time) => found(time, ({ values }, last) => values[last] ?? Number.NaN),
    stampsAt: (time) => found(time, ({ times }, last) => (times[last] ?? Number.NaN) / 1_000),
  };
}

/** The points of each series in a range that ends where is looked. */
export class Ranges {
  readonly #before: Counts;
  readonly #until: Counts;

  constructor(
    private readonly selected: Selected,
    private readonly rangeMs: number,
    private readonly look: Look,
  ) {
    this.#before = new Counts(selected.series);
    this.#until = new Counts(selected.series);
  }

  /** Whether they are roll-ups instead of points. */
  get areRolledUp(): boolean {
    return this.selected.bucket > 0;
  }

  /** Visits the series that have a point in the range, always with the same window, which is filled anew. */
  each(time: number, visit: (labels: Labels, window: Window) => void): void {
    const end = this.look(time);
    const start = end - this.rangeMs;
    const empty = new Float64Array();
    const window: Window = {
      times: empty,
      values: empty,
      weights: undefined,
      from: 0,
      to: 0,
      start,
      end,
      time,
    };
    for (const [i, { labels, times, values, weights }] of this.selected.series.entries()) {
      window.from = this.#before.until(i, start, false);
      window.to = this.#until.until(i, end, true);
      if (window.to <= window.from) continue;
      window.times = times;
      window.values = values;
      window.weights = weights;
      visit(labels, window);
    }
  }
}
