import type { MetricPoint } from '../../schemas/types.js';

/** What a point of the schema's first version is read as. */
export const GAUGE = { kind: 'gauge', startTimestamp: null } as const;
/** What a window of gauges has. */
export const NO_COUNTERS = {
  increase: null,
  rate: null,
  distinct: null,
  sketch: null,
  recordedBy: null,
} as const;

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
    ...GAUGE,
    ...change,
  };
}
