import assert from 'node:assert/strict';
import { TestScheduler } from 'rxjs/testing';
import { count, type WindowBatch } from '../../../shared/operators/index.js';

/** A timed record of the tests: a key and a time. */
export interface Tick {
  readonly key: string;
  readonly at: number;
}

/** Batches by one character each: `a` to `i` are a record of key x at 1, 11, 21 ... */
export const BATCHES: Readonly<Record<string, Tick[]>> = {
  ...Object.fromEntries([...'abcdefghi'].map((name, i) => [name, [{ key: 'x', at: 10 * i + 1 }]])),
  n: [],
  m: [
    { key: 'x', at: 2 },
    { key: 'y', at: 3 },
    { key: 'x', at: 4 },
  ],
};

/** The options that all marble tests share. */
export const COUNTING = {
  graceMs: 0,
  timestamp: ({ at }: Tick) => at,
  key: ({ key }: Tick) => key,
  aggregate: count<Tick>(),
};

/** Runs a marble test in virtual time. */
export function marbles(test: Parameters<TestScheduler['run']>[0]): void {
  new TestScheduler((actual, expected) => assert.deepEqual(actual, expected)).run(test);
}

/** An emission of windows, each as [key, start, end, result, watermark]. */
export function closed<R>(...windows: [string, number, number, R, number][]): WindowBatch<Tick, R> {
  return {
    windows: windows.map(([key, start, end, result, watermark]) => ({ key, start, end, watermark, result })),
    late: [],
    refused: [],
  };
}

export const END = Number.POSITIVE_INFINITY;
