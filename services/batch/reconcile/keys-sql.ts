import type { Millis } from '../../../shared/core/clock.js';
import type { WindowFigures } from './figures.js';
import type { WindowKey } from './slot-comparison.js';

/** A window with the figures that are known so far. */
export interface KeyedFigures {
  readonly key: WindowKey;
  /** End of the window, exclusive. */
  readonly end: Millis;
  readonly figures: WindowFigures;
}

/** SQL for the windows of {@link keyParameters}, numbered from 1, as the five parameters from this one on. */
export function keysSql(first: number): string {
  const [starts, ends, tenants, metrics, tags] = [0, 1, 2, 3, 4].map((i) => `$${first + i}`);
  return `
  SELECT r.key::int AS key, r.start_ms, to_timestamp(r.start_ms / 1000) AS start, to_timestamp(r.end_ms / 1000) AS finish,
    r.tenant_id, r.metric, r.tags::jsonb AS tags
  FROM unnest(${starts}::float8[], ${ends}::float8[], ${tenants}::text[], ${metrics}::text[], ${tags}::text[])
    WITH ORDINALITY AS r (start_ms, end_ms, tenant_id, metric, tags, key)`;
}

/** Starts, ends, tenants, metrics and tags. */
export function keyParameters(windows: readonly Omit<KeyedFigures, 'figures'>[]): unknown[] {
  return [
    windows.map(({ key }) => key.start),
    windows.map(({ end }) => end),
    windows.map(({ key }) => key.tenantId),
    windows.map(({ key }) => key.metric),
    windows.map(({ key }) => JSON.stringify(key.tags)),
  ];
}
