import type { Range } from '../http/range.js';
import type { TenantReader } from './tenant-database.js';

export interface MetricNameRow {
  readonly metric: string;
  readonly series: number;
  readonly lastSeen: Date;
}

export interface MetricNameSearch extends Range {
  /** All of which a series has to have. */
  readonly tags: Readonly<Record<string, string>>;
  /** The name before the first. */
  readonly after: string | null;
  readonly limit: number;
}

/** The metrics that had points in a range, by name; `lastSeen` is the hour of the last one. */
export async function findMetricNames(
  reader: TenantReader,
  { start, end, tags, after, limit }: MetricNameSearch,
): Promise<MetricNameRow[]> {
  const tagged = Object.keys(tags).length > 0;
  return await reader.rows<MetricNameRow>(
    `SELECT metric, count(DISTINCT tags)::int AS series, max(bucket) AS "lastSeen"
     FROM tactus_tenant.rollup_1h
     WHERE bucket >= date_trunc('hour', $1::timestamptz) AND bucket < $2 AND ($3::text IS NULL OR metric > $3)${tagged ? ' AND tags @> $5::jsonb' : ''}
     GROUP BY metric ORDER BY metric LIMIT $4`,
    [new Date(start), new Date(end), after, limit, ...(tagged ? [JSON.stringify(tags)] : [])],
  );
}
