import type { Operations } from './operations.js';

/*
 * Words of the API that people choose from.
 */

export type Aggregation = NonNullable<Operations['GET /metrics/query']['query']['aggregation']>;

export const AGGREGATIONS: readonly Aggregation[] = [
  ...(['avg', 'min', 'max', 'sum', 'count', 'increase', 'rate', 'p50', 'p90', 'p95', 'p99'] as const),
];

export type Severity = NonNullable<Operations['GET /alerts']['query']['severity']>;

/** The gravest first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

export const isSeverity = (text: string): text is Severity => SEVERITIES.some((one) => one === text);
