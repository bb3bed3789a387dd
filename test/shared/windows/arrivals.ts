import type { MetricPoint } from '../../../schemas/types.js';
import { pointOf, START } from '../../support/point.js';

/** One record of the log: a point and when the broker took it in. */
export interface Arrival {
  readonly point: MetricPoint;
  readonly arrival: number;
}

/** A point `at` milliseconds after {@link START}. */
export function point(at: number, value = 1, metric = 'm', tags: Record<string, string> = {}): MetricPoint {
  return pointOf({ metric, tags, timestamp: START + at, value, id: `${metric}-${at}-${value}` });
}
