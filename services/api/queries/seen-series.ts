import type { SeenWindows } from '../../../shared/alerting/rules/unseen.js';
import type { TenantReader } from './tenant-database.js';

/** Metrics of a tenant that are compared with what its rules name. */
const MAX_METRICS = 10_000;

/** The tags of all series of the last day, by metric; null where there are too many metrics. */
export async function seenSeries(reader: TenantReader, tenantId: string): Promise<SeenWindows[] | null> {
  const rows = await reader.rows<{ metric: string; tags: string[] }>(
    `SELECT metric, array_remove(array_agg(DISTINCT name), NULL) AS tags
     FROM (
       SELECT DISTINCT metric, tags FROM tactus_tenant.rollup_1h
       WHERE bucket >= date_trunc('hour', now() - INTERVAL '1 day')
     ) AS series
     LEFT JOIN LATERAL jsonb_object_keys(tags) AS name ON true
     GROUP BY metric LIMIT $1`,
    [MAX_METRICS + 1],
  );
  if (rows.length > MAX_METRICS) return null;
  return rows.map(({ metric, tags }) => ({ tenantId, metric, window: null, tags }));
}
