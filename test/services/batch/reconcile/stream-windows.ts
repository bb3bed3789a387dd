import type { MetricPoint, WindowAggregate } from '../../../../schemas/types.js';
import { globMatcher } from '../../../../shared/core/glob.js';
import type { AlignedDefinition } from '../../../../shared/windows/definition.js';
import { NO_COUNTERS } from '../../../support/point.js';

/** The windows that the stream writes for these points, in order of the log, each computed from its points alone. */
export function streamWindows(
  definition: AlignedDefinition,
  points: readonly MetricPoint[],
): WindowAggregate[] {
  const { name, sizeMs, advanceMs, graceMs, groupBy } = definition;
  const [metric, tenant] = [globMatcher(definition.metrics), globMatcher(definition.tenants)];
  const members = new Map<string, { start: number; tags: Record<string, string>; points: MetricPoint[] }>();
  for (const point of points) {
    if (!metric(point.metric) || !tenant(point.tenantId)) continue;
    const kept = Object.entries(point.tags).filter(([tag]) => groupBy?.includes(tag) ?? true);
    const tags = Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
    for (
      let start = Math.floor(point.timestamp / advanceMs) * advanceMs;
      start > point.timestamp - sizeMs;
      start -= advanceMs
    ) {
      const key = JSON.stringify([start, point.tenantId, point.metric, tags]);
      const window = members.get(key) ?? { start, tags, points: [] };
      members.set(key, window);
      window.points.push(point);
    }
  }
  return [...members.values()].map(({ start, tags, points: inside }): WindowAggregate => {
    const byTime = [...inside].sort((a, b) => a.timestamp - b.timestamp);
    const [first, last] = [byTime[0], byTime.at(-1)] as [MetricPoint, MetricPoint];
    const values = byTime.map(({ value }) => value);
    const sum = values.reduce((a, b) => a + b, 0);
    const mean = sum / values.length;
    return {
      ...{ tenantId: first.tenantId, metric: first.metric, tags, window: name, start, end: start + sizeMs },
      ...{ count: values.length, sum, mean, min: Math.min(...values), max: Math.max(...values) },
      stddev: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length),
      ...{ first: first.value, last: last.value, quantiles: null },
      watermark: start + sizeMs,
      emittedAt: start + sizeMs + graceMs + 40,
      ...NO_COUNTERS,
    };
  });
}
