import type { MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import { tagsKey } from '../rows/json.js';

/** The latest value of one series. */
export interface LatestEntry {
  readonly tenantId: string;
  /** Field in the tenant's hash: `metric|[["tag","value"],…]`. */
  readonly series: string;
  readonly timestamp: number;
  /** JSON for readers: metric, tags, timestamp, value, unit. */
  readonly payload: string;
}

/** One closed window of one series. */
export interface WindowEntry {
  /** `tenantId|metric|window|[["tag","value"],…]` */
  readonly series: string;
  readonly start: number;
  readonly emittedAt: number;
  /** JSON of the whole WindowAggregate. */
  readonly payload: string;
}

/**
 * The newest point of each series in a batch. Of two with the same timestamp the first in the log is kept,
 * here and in Redis, so that reading the topic again changes nothing.
 */
export function latestEntries(points: Iterable<MetricPoint>): LatestEntry[] {
  const newest = new Map<string, MetricPoint>();
  for (const point of points) {
    const key = `${point.tenantId}|${point.metric}|${tagsKey(point.tags)}`;
    const known = newest.get(key);
    if (known === undefined || point.timestamp > known.timestamp) newest.set(key, point);
  }
  return [...newest].map(([key, { tenantId, metric, tags, timestamp, value, unit }]) => ({
    tenantId,
    series: key.slice(tenantId.length + 1),
    timestamp,
    payload: JSON.stringify({ metric, tags, timestamp, value, unit }),
  }));
}

/** The windows of a batch, in log order. */
export function windowEntries(windows: Iterable<WindowAggregate>): WindowEntry[] {
  return Array.from(windows, (window) => ({
    series: `${window.tenantId}|${window.metric}|${window.window}|${tagsKey(window.tags)}`,
    start: window.start,
    emittedAt: window.emittedAt,
    payload: JSON.stringify(window),
  }));
}
