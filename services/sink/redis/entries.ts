import type { MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { tagsKey, toJson } from '../rows/json.js';

/** A value and when the log took in its record. */
export interface Arrived<T> {
  readonly value: T;
  readonly arrival: Millis;
}

/** The latest value of one series. */
export interface LatestEntry {
  readonly tenantId: string;
  /** Field in the tenant's hash: `metric|[["tag","value"],…]`. */
  readonly series: string;
  /** By which it is newer than another one; see {@link latestEntries}. */
  readonly time: Millis;
  /** JSON for readers: metric, tags, timestamp, value, unit. */
  readonly payload: string;
}

/** One closed window of one series. */
export interface WindowEntry {
  /** `tenantId|metric|window|[["tag","value"],…]` */
  readonly series: string;
  readonly start: number;
  readonly emittedAt: number;
  /** JSON of the whole WindowAggregate, the sketch in base64. */
  readonly payload: string;
}

/**
 * The newest point of each series in a batch: that with the latest timestamp, where one that is ahead of its arrival counts
 * as of then, like stream time. A sender whose clock is ahead thus hides no point that comes after its own. Both times are
 * in the log, and of two points with the same time the first is kept, here and in Redis: reading the topic again changes
 * nothing.
 */
export function latestEntries(points: Iterable<Arrived<MetricPoint>>): LatestEntry[] {
  const newest = new Map<string, { point: MetricPoint; time: Millis }>();
  for (const { value: point, arrival } of points) {
    const key = `${point.tenantId}|${point.metric}|${tagsKey(point.tags)}`;
    const time = Math.min(point.timestamp, arrival);
    const known = newest.get(key);
    if (known === undefined || time > known.time) newest.set(key, { point, time });
  }
  return [...newest].map(([key, { point, time }]) => {
    const { tenantId, metric, tags, timestamp, value, unit } = point;
    const payload = JSON.stringify({ metric, tags, timestamp, value, unit });
    return { tenantId, series: key.slice(tenantId.length + 1), time, payload };
  });
}

/** The windows of a batch, in log order. */
export function windowEntries(windows: Iterable<Arrived<WindowAggregate>>): WindowEntry[] {
  return Array.from(windows, ({ value: window }) => ({
    series: `${window.tenantId}|${window.metric}|${window.window}|${tagsKey(window.tags)}`,
    start: window.start,
    emittedAt: window.emittedAt,
    payload: toJson(window),
  }));
}
