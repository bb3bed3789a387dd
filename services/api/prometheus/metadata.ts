import type { TenantReader } from '../queries/tenant-database.js';

/** What is known of a metric, as Prometheus gives it. */
export interface Metadata {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly unit: string;
}

/** What the points since a time say of their metrics, by name. */
export async function findMetadata(
  reader: TenantReader,
  metric: string | null,
  since: number,
  limit: number,
): Promise<Record<string, readonly Metadata[]>> {
  const rows = await reader.rows<{ metric: string; kind: string; unit: string | null }>(
    `SELECT DISTINCT metric, kind, unit FROM tactus_tenant.metric_points
     WHERE time >= $1 AND ($2::text IS NULL OR metric = $2) ORDER BY metric, kind, unit LIMIT $3`,
    [new Date(since), metric, limit],
  );
  const found = new Map<string, Metadata[]>();
  for (const row of rows) {
    const known = found.get(row.metric) ?? [];
    known.push({ type: row.kind === 'cumulative' ? 'counter' : 'gauge', help: '', unit: row.unit ?? '' });
    found.set(row.metric, known);
  }
  return Object.fromEntries(found);
}
