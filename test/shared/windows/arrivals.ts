import type { MetricPoint } from '../../../schemas/types.js';

/** Start of event time in the tests of windowing. */
export const START = 1_700_000_000_000;

/** One record of the log: a point and when the broker took it in. */
export interface Arrival {
  readonly point: MetricPoint;
  readonly arrival: number;
}

/** A point `at` milliseconds after {@link START}. */
export function point(at: number, value = 1, metric = 'm', tags: Record<string, string> = {}): MetricPoint {
  const id = `${metric}-${at}-${value}`;
  return { tenantId: 't', metric, tags, timestamp: START + at, value, id, unit: null, source: null };
}
