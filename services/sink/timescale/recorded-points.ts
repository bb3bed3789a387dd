import { createHash } from 'node:crypto';
import type { MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import { recordedSource } from '../../../shared/wire/recorded-source.js';
import { seriesKey } from '../../../shared/wire/series.js';

/**
 * The point that stands for what a rule has recorded, at the last millisecond of its window: buckets of time that end
 * with the window have it. Its id follows from the window, so that it is stored once.
 */
export function recordedPoint(
  { tenantId, metric, tags, mean, window, start, end }: WindowAggregate,
  recordedBy: string,
): MetricPoint {
  const key = JSON.stringify([seriesKey(tenantId, metric, tags, null), window, start]);
  return {
    ...{
      tenantId,
      metric,
      tags,
      timestamp: end - 1,
      value: mean,
      unit: null,
      kind: 'gauge',
      startTimestamp: null,
    },
    id: `recorded-${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`,
    source: recordedSource(recordedBy),
  };
}
