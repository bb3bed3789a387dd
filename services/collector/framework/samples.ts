import type { MetricPoint } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';

/** One measured value, before it becomes a point of a tenant. */
export interface Sample {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One thing that a source reads. `name` is its label in the worker's metrics. */
export interface Reading {
  readonly name: string;
  read(): Promise<Sample[]>;
}

/** The tenant and the host of a collector's samples. */
export interface Origin {
  readonly tenantId: string;
  readonly host: string;
  readonly source: string;
}

/** Converts samples that were read at `now` to points. `newId` returns a unique id at each call. */
export function toPoints(
  samples: readonly Sample[],
  { tenantId, host, source }: Origin,
  now: Millis,
  newId: () => string,
): MetricPoint[] {
  return samples.map(({ metric, value, unit, tags }) => ({
    tenantId,
    metric,
    tags: { host, ...tags },
    timestamp: now,
    value,
    id: newId(),
    unit,
    source,
    kind: 'gauge',
    startTimestamp: null,
  }));
}
