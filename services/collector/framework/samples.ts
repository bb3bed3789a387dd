import type { MetricPoint } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Sample } from '../sources/host/samples.js';

/** Whose figures they are and where they come from. */
export interface Origin {
  readonly tenantId: string;
  readonly host: string;
  readonly source: string;
}

/** Points of samples that were read at `now`. `newId` gives a unique id at each call. */
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
  }));
}
