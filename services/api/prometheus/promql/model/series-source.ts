import type { Labels } from './labels.js';
import type { Matcher } from './matchers.js';

/** A series over a time: timestamps in milliseconds, each greater than the one before it, and their values. */
export interface Series {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Of roll-ups, how many points each value stands for. */
  readonly weights?: Float64Array;
}

/** What is made of the points: the name of the function that has them as its range, else `last` for the last of them, or `points`. */
export type Use = string;

export interface Selection {
  readonly matchers: readonly Matcher[];
  readonly use: Use;
  /** Of the function, in milliseconds; 0 where a selector stands for its last points. */
  readonly range: number;
  /** How far its evaluations are apart, in milliseconds; 0 for one alone. */
  readonly step: number;
  /** When it is evaluated first, in milliseconds. */
  readonly first: number;
  /** What is looked at, in milliseconds, both included. */
  readonly start: number;
  readonly end: number;
  /** More than these is no answer but an error. */
  readonly maxSeries: number;
  readonly maxSamples: number;
}

export interface Selected {
  /** In order of their labels; those without a point in that time may be left out. */
  readonly series: readonly Series[];
  /** 0 for points; else the length of the roll-ups that were read instead, in milliseconds. */
  readonly bucket: number;
}

/** Where the points lie that expressions are evaluated over. */
export interface SeriesStore {
  /** Reads all that an expression selects: of one moment, and of nothing that has been given back since. */
  read<T>(work: (source: SeriesSource) => Promise<T>): Promise<T>;
}

/** What a {@link SeriesStore} gives for as long as an expression is read for. */
export interface SeriesSource {
  /** @throws TACTUS_PROMQL_FAILED beyond a limit */
  select(selection: Selection): Promise<Selected>;
}
