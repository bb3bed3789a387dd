import type { TenantReader } from '../queries/tenant-database.js';

/** Units are texts of who writes points: a metric may have very many. */
const MAX_ROWS = 100_000;

/** What is known of a metric, as Prometheus gives it. */
export interface Metadata {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly unit: string;
}

/** What the points since a time say of their metrics, by name. @param limit most metrics */
export async function findMetadata(
  reader: TenantReader,
  metric: string | null,
  since: number,
  limit: number,
): Promise<Record<string, readonly Metadata[]>> {
  const rows = await reader.rows<{ metric: string; counts: boolean; unit: string }>(
    `SELECT metric, counts, unit FROM (
       SELECT metric, counts, unit, dense_rank() OVER (ORDER BY metric) AS place FROM (
         SELECT DISTINCT metric, kind = 'cumulative' AS counts, coalesce(unit, '') AS unit
         FROM tactus_tenant.metric_points WHERE time >= $1 AND ($2::text IS NULL OR metric = $2)
       ) AS said
     ) AS placed
     WHERE place <= $3 ORDER BY metric, counts, unit LIMIT $4`,
    [new Date(since), metric, limit, MAX_ROWS],
  );
  const found = new Map<string, Metadata[]>();
  for (const row of rows) {
    const known = found.get(row.metric) ?? [];
    known.push({ type: row.counts ? 'counter' : 'gauge', help: '', unit: row.unit });
    found.set(row.metric, known);
  }
  return Object.fromEntries(found);
}
