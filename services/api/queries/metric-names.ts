import type { Range } from '../http/range.js';
import type { TenantReader } from './tenant-database.js';

export interface MetricNameRow {
  readonly metric: string;
  readonly series: number;
  readonly lastSeen: Date;
}

/** The metrics that had points in a range, by name; `lastSeen` is the hour of the last one. @param after the name before the first */
export async function findMetricNames(
  reader: TenantReader,
  { start, end, after, limit }: Range & { readonly after: string | null; readonly limit: number },
): Promise<MetricNameRow[]> {
  return await reader.rows<MetricNameRow>(
    `SELECT metric, count(DISTINCT tags)::int AS series, max(bucket) AS "lastSeen"
     FROM tactus_tenant.rollup_1h
     WHERE bucket >= date_trunc('hour', $1::timestamptz) AND bucket < $2 AND ($3::text IS NULL OR metric > $3)
     GROUP BY metric ORDER BY metric LIMIT $4`,
    [new Date(start), new Date(end), after, limit],
  );
}
