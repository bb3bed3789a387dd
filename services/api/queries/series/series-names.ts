import { TactusError } from '../../../../shared/core/errors.js';
import type { Range } from '../../http/range.js';
import type { TenantReader } from '../tenant-database.js';
import { inOrderOfTags } from './find-series.js';

export interface SeriesNameRow {
  readonly tags: Record<string, string>;
  /** The hour of its last point in the range. */
  readonly lastSeen: Date;
}

export interface SeriesNameSearch extends Range {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly maxSeries: number;
}

/** In the order of their tags. @throws TactusError `TACTUS_QUERY_TOO_LARGE` */
export async function findSeriesNames(
  reader: TenantReader,
  search: SeriesNameSearch,
): Promise<SeriesNameRow[]> {
  const { start, end, metric, tags, maxSeries } = search;
  const rows = await reader.rows<SeriesNameRow>(
    `SELECT tags, max(bucket) AS "lastSeen" FROM tactus_tenant.rollup_1h
     WHERE metric = $1 AND bucket >= date_trunc('hour', $2::timestamptz) AND bucket < $3 AND tags @> $4::jsonb
     GROUP BY tags LIMIT $5`,
    [metric, new Date(start), new Date(end), JSON.stringify(tags), maxSeries + 1],
  );
  return withinBound(rows, maxSeries);
}

/** @throws TactusError `TACTUS_QUERY_TOO_LARGE` */
export function withinBound(rows: readonly SeriesNameRow[], maxSeries: number): SeriesNameRow[] {
  if (rows.length > maxSeries)
    throw new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `the metric has more than ${maxSeries} series (TACTUS_API_MAX_SERIES): name tags`,
    );
  return inOrderOfTags(rows);
}
