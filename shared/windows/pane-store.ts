import type { Millis } from '../core/clock.js';
import { type Aggregate, addPoint, emptyAggregate, mergeAggregate } from './aggregate.js';
import type { WindowDefinition } from './definition.js';

/** Points of one pane: a stretch of time that lies in the same windows throughout. */
interface Pane<Series> {
  readonly start: Millis;
  /** Offset of the first record that went in: from here on the log has to be read again. */
  readonly oldestOffset: number;
  readonly series: Map<string, Held<Series>>;
}

interface Held<Series> {
  readonly series: Series;
  readonly aggregate: Aggregate;
}

export interface ClosedWindow<Series> {
  readonly series: Series;
  readonly start: Millis;
  readonly end: Millis;
  readonly aggregate: Aggregate;
}

/** What became of a point: `missed` are the starts of its windows that were closed already. */
export interface Added {
  readonly outcome: 'counted' | 'late' | 'full';
  readonly missed: readonly Millis[];
}

const COUNTED: Added = { outcome: 'counted', missed: [] };
const FULL: Added = { outcome: 'full', missed: [] };

/**
 * The open windows of one definition, kept as panes that overlapping windows share: a 60 s window
 * every 10 s costs one update per point instead of six (Li et al. 2005, "No Pane, No Gain"; Krishnamurthy
 * et al. 2006, "On-the-fly sharing for streamed aggregation"). A pane is as long as the greatest
 * common divisor of size and advance.
 *
 * A window is open while the watermark is before its end. The series limit holds per pane, so
 * that reading the log again refuses the same points.
 */
export class PaneStore<Series> {
  readonly #panes = new Map<Millis, Pane<Series>>();
  readonly #paneMs: Millis;
  /** End of the next window that has points; nothing closes before the watermark reaches it. */
  #nextEnd: Millis = Number.POSITIVE_INFINITY;

  constructor(
    readonly definition: WindowDefinition,
    private readonly maxSeriesPerPane: number,
  ) {
    this.#paneMs = greatestCommonDivisor(definition.sizeMs, definition.advanceMs);
  }

  /**
   * Counts a point in those of its windows that are open at `watermark`.
   *
   * @param key identity of the series; `describe` is asked once per pane and series
   */
  add(
    key: string,
    describe: () => Series,
    value: number,
    at: Millis,
    offset: number,
    watermark: Millis,
  ): Added {
    const { sizeMs, advanceMs } = this.definition;
    const lastStart = Math.floor(at / advanceMs) * advanceMs;
    if (lastStart + sizeMs <= watermark) return { outcome: 'late', missed: this.missed(at, watermark) };

    const start = Math.floor(at / this.#paneMs) * this.#paneMs;
    let pane = this.#panes.get(start);
    if (pane === undefined) {
      pane = { start, oldestOffset: offset, series: new Map() };
      this.#panes.set(start, pane);
      this.#nextEnd = Math.min(this.#nextEnd, this.#firstOpenEnd(start, watermark));
    }
    let held = pane.series.get(key);
    if (held === undefined) {
      if (pane.series.size >= this.maxSeriesPerPane) return FULL;
      held = { series: describe(), aggregate: emptyAggregate() };
      pane.series.set(key, held);
    }
    addPoint(held.aggregate, value, at);
    const firstEnd = this.#firstStart(at) + sizeMs;
    return firstEnd > watermark ? COUNTED : { outcome: 'counted', missed: this.missed(at, watermark) };
  }

  /** Starts of the windows around `at` that are closed at `watermark`, oldest first. */
  missed(at: Millis, watermark: Millis): Millis[] {
    const { sizeMs, advanceMs } = this.definition;
    const starts: Millis[] = [];
    for (let start = this.#firstStart(at); start <= at && start + sizeMs <= watermark; start += advanceMs)
      starts.push(start);
    return starts;
  }

  /** Hands every window that the watermark has passed to `emit`, by end, and drops what is done with. */
  close(watermark: Millis, emit: (window: ClosedWindow<Series>) => void): void {
    if (watermark < this.#nextEnd) return;
    for (const end of this.#endsUpTo(watermark)) this.#emitWindow(end, emit);
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const pane of this.#panes.values()) {
      if (this.#lastStart(pane.start) + this.definition.sizeMs <= watermark) this.#panes.delete(pane.start);
      else this.#nextEnd = Math.min(this.#nextEnd, this.#firstOpenEnd(pane.start, watermark));
    }
  }

  /** Offset of the oldest record that an open window still needs; infinite when there is none. */
  get oldestOffset(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const pane of this.#panes.values()) oldest = Math.min(oldest, pane.oldestOffset);
    return oldest;
  }

  /** Number of (pane, series) pairs held. */
  get size(): number {
    let size = 0;
    for (const pane of this.#panes.values()) size += pane.series.size;
    return size;
  }

  /** Ends of windows with points, from the next one to close on, up to the watermark. */
  #endsUpTo(watermark: Millis): Millis[] {
    const { sizeMs, advanceMs } = this.definition;
    const ends = new Set<Millis>();
    for (const pane of this.#panes.values()) {
      const lastEnd = Math.min(this.#lastStart(pane.start) + sizeMs, watermark);
      const from = Math.max(this.#nextEnd, this.#firstStart(pane.start) + sizeMs);
      for (let end = from; end <= lastEnd; end += advanceMs) ends.add(end);
    }
    return [...ends].sort((a, b) => a - b);
  }

  #emitWindow(end: Millis, emit: (window: ClosedWindow<Series>) => void): void {
    const start = end - this.definition.sizeMs;
    const panes = [...this.#panes.values()]
      .filter((pane) => pane.start >= start && pane.start < end)
      .sort((a, b) => a.start - b.start);
    const merged = new Map<string, Held<Series>>();
    for (const pane of panes) {
      for (const [key, held] of pane.series) {
        let into = merged.get(key);
        if (into === undefined) {
          into = { series: held.series, aggregate: emptyAggregate() };
          merged.set(key, into);
        }
        mergeAggregate(into.aggregate, held.aggregate);
      }
    }
    for (const { series, aggregate } of merged.values()) emit({ series, start, end, aggregate });
  }

  #lastStart(at: Millis): Millis {
    return Math.floor(at / this.definition.advanceMs) * this.definition.advanceMs;
  }

  /** Start of the oldest window that holds `at`. */
  #firstStart(at: Millis): Millis {
    const { sizeMs, advanceMs } = this.definition;
    return Math.floor((at - sizeMs) / advanceMs) * advanceMs + advanceMs;
  }

  /** End of the oldest window that holds the pane and is open at `watermark`. */
  #firstOpenEnd(paneStart: Millis, watermark: Millis): Millis {
    const { sizeMs, advanceMs } = this.definition;
    const firstEnd = this.#firstStart(paneStart) + sizeMs;
    if (firstEnd > watermark) return firstEnd;
    return firstEnd + (Math.floor((watermark - firstEnd) / advanceMs) + 1) * advanceMs;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
