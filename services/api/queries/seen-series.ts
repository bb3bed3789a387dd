import type { SeenWindows } from '../../../shared/alerting/rules/unseen.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { TenantDatabase, TenantReader } from './tenant-database.js';

/** Metrics of a tenant that are compared with what its rules name. */
const MAX_METRICS = 10_000;

/** What a tenant's rules may name. */
interface Seen {
  /** The tags of all series of the last day, by metric; null where they are not known. */
  readonly seen: readonly SeenWindows[] | null;
  /** Why they are not known. */
  readonly problem: string | null;
}

/** Rules are checked without it where there is too much of it, or it takes too long. */
export async function seenSeries(
  database: Pick<TenantDatabase, 'read'>,
  tenantId: string,
  gone: AbortSignal,
): Promise<Seen> {
  try {
    const rows = await database.read(tenantId, 'looking for the metrics of rules', gone, rowsOf);
    if (rows.length > MAX_METRICS)
      return { seen: null, problem: 'there are too many metrics to look for those of the rules' };
    const seen = rows.map(({ metric, tags }) => ({ tenantId, metric, window: null, tags }));
    return { seen, problem: null };
  } catch (error) {
    if (!(error instanceof TactusError) || error.code !== 'TACTUS_QUERY_TIMEOUT' || gone.aborted) throw error;
    return { seen: null, problem: error.message };
  }
}

async function rowsOf(reader: TenantReader): Promise<{ metric: string; tags: string[] }[]> {
  return await reader.rows<{ metric: string; tags: string[] }>(
    `SELECT metric, array_remove(array_agg(DISTINCT name), NULL) AS tags
     FROM (
       SELECT DISTINCT metric, tags FROM tactus_tenant.rollup_1h
       WHERE bucket >= date_trunc('hour', now() - INTERVAL '1 day')
     ) AS series
     LEFT JOIN LATERAL jsonb_object_keys(tags) AS name ON true
     GROUP BY metric LIMIT $1`,
    [MAX_METRICS + 1],
  );
}
