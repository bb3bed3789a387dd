/** The points of one series in a range: those of `times` and `values` from index `from` up to, but not with, `to`. */
export interface Window {
  times: Float64Array;
  values: Float64Array;
  /** Of roll-ups, how many points each value stands for. */
  weights: Float64Array | undefined;
  from: number;
  to: number;
  /** The range itself, in milliseconds, both ends included. */
  start: number;
  end: number;
  /** When the expression is evaluated, in milliseconds; not `end` with `offset` or `@`. */
  time: number;
}

/** What a function makes of a range that holds a point; undefined for nothing. */
export type OfWindow = (window: Window) => number | undefined;

export const timeAt = (window: Window, index: number): number => window.times[index] ?? Number.NaN;
export const valueAt = (window: Window, index: number): number => window.values[index] ?? Number.NaN;
