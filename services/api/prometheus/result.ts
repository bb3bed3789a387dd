import type { InstantResult } from './promql/engine.js';
import { formatValue } from './promql/functions/numbers.js';
import type { Series } from './promql/model/series-source.js';

/** A value with its time in seconds, as Prometheus writes them. */
export type Point = readonly [seconds: number, value: string];

/** `data` of an answer to a query, as Prometheus gives it. */
export type QueryData =
  | { readonly resultType: 'scalar' | 'string'; readonly result: Point }
  | {
      readonly resultType: 'vector';
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: Point;
      }[];
    }
  | {
      readonly resultType: 'matrix';
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly values: readonly Point[];
      }[];
    };

/** @param time of the query, in milliseconds */
export function instantData(result: InstantResult, time: number): QueryData {
  const seconds = time / 1_000;
  switch (result.type) {
    case 'scalar':
      return { resultType: 'scalar', result: [seconds, formatValue(result.value)] };
    case 'string':
      return { resultType: 'string', result: [seconds, result.value] };
    case 'vector':
      return {
        resultType: 'vector',
        result: result.samples.map(({ labels, value }) => ({
          metric: labels.toJSON(),
          value: [seconds, formatValue(value)],
        })),
      };
    case 'matrix':
      return rangeData(result.series);
  }
}

export function rangeData(series: readonly Series[]): QueryData {
  return {
    resultType: 'matrix',
    result: series.map(({ labels, times, values }) => ({
      metric: labels.toJSON(),
      values: Array.from(times, (time, i): Point => [time / 1_000, formatValue(values[i] ?? Number.NaN)]),
    })),
  };
}
