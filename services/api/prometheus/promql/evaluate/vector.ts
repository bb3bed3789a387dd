import type { Labels } from '../model/labels.js';

/** One series at the time of evaluation. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export type Vector = readonly Sample[];

/** Times are in milliseconds; those that one expression is asked for only go forward. */
export type ScalarAt = (time: number) => number;
export type VectorAt = (time: number) => Vector;
