import type { Labels } from './labels.js';
import type { Matcher } from './matchers.js';

/** A series over a time: timestamps in milliseconds, each greater than the one before it, and their values. */
export interface Series {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface Selection {
  readonly matchers: readonly Matcher[];
  /** Both in milliseconds, both included. */
  readonly start: number;
  readonly end: number;
  /** More than these is no answer but an error. */
  readonly maxSeries: number;
  readonly maxSamples: number;
}

/** Where the points lie that expressions are evaluated over. */
export interface SeriesSource {
  /**
   * The series that match, in order of their labels; those without a point in that time may be left out.
   *
   * @throws TACTUS_PROMQL_FAILED beyond a limit
   */
  select(selection: Selection, signal: AbortSignal): Promise<readonly Series[]>;
}
