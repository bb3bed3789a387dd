import type { MetricPoint } from '../../schemas/types.js';

/** Where event time begins in tests. */
export const START = 1_700_000_000_000;

let built = 0;

/** A valid point with an id of its own; `change` replaces fields. */
export function pointOf(change: Partial<MetricPoint> = {}): MetricPoint {
  return {
    tenantId: 't',
    metric: 'm',
    tags: {},
    timestamp: START,
    value: 1,
    id: `point-${built++}`,
    unit: null,
    source: null,
    ...change,
  };
}
