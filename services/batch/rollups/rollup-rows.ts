import type { Rollup } from '../../../schemas/types.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import { type Bucket, ROLLUP_VIEW } from './buckets.js';

/** A row of a roll-up as read from the database. */
export interface RollupRow {
  readonly start_ms: number;
  readonly tenant_id: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Null where they are not known for just these points. */
  readonly increase: number | null;
  readonly distinct: number | null;
}

/** All rows, or those with an increase or members that were not published yet. */
type Which = 'all' | 'new figures';

/**
 * Rows of the given buckets, in pages: a bucket may have more series than should be in memory at once. Each
 * page is a statement of its own, so no transaction is open while a page is published.
 */
export async function* rollupPages(
  pool: Pool,
  bucket: Bucket,
  starts: readonly Millis[],
  pageRows: number,
  which: Which = 'all',
): AsyncGenerator<RollupRow[]> {
  let after: RollupRow | undefined;
  for (;;) {
    const rows: RollupRow[] = await readPage(pool, bucket, starts, { pageRows, which, after });
    if (rows.length > 0) yield rows;
    if (rows.length < pageRows) return;
    after = rows.at(-1);
  }
}

async function readPage(
  pool: Pool,
  bucket: Bucket,
  starts: readonly Millis[],
  { pageRows, which, after }: { pageRows: number; which: Which; after: RollupRow | undefined },
): Promise<RollupRow[]> {
  const afterCursor =
    after === undefined
      ? ''
      : 'AND (r.bucket, r.tenant_id, r.metric, r.tags) > (to_timestamp($5::float8 / 1000), $6, $7, $8::jsonb)';
  const cursor =
    after === undefined ? [] : [after.start_ms, after.tenant_id, after.metric, JSON.stringify(after.tags)];
  try {
    // The first and last start follow from the list, but they let the planner exclude chunks.
    const { rows } = await pool.query<RollupRow>(
      `SELECT (extract(epoch FROM r.bucket) * 1000)::float8 AS start_ms, r.tenant_id, r.metric, r.tags,
         r.count::float8 AS count, r.sum, r.min, r.max, i.increase, m."distinct"::float8 AS "distinct"
       FROM ${ROLLUP_VIEW[bucket]} AS r
       ${joinSql('tactus.rollup_increases', 'i', bucket)}
       ${joinSql('tactus.rollup_members', 'm', bucket)}
       WHERE r.bucket >= to_timestamp($1::float8 / 1000) AND r.bucket <= to_timestamp($2::float8 / 1000)
         AND r.bucket = ANY (ARRAY(SELECT to_timestamp(s / 1000) FROM unnest($3::float8[]) AS s)) ${afterCursor}
         ${which === 'all' ? '' : 'AND (NOT i.published OR NOT m.published)'}
       ORDER BY r.bucket, r.tenant_id, r.metric, r.tags
       LIMIT $4`,
      [starts[0], starts.at(-1), starts, pageRows, ...cursor],
    );
    return rows;
  } catch (error) {
    throw databaseError(error, `reading ${ROLLUP_VIEW[bucket]}`);
  }
}

/** Figures of just the points that the row counts. */
function joinSql(table: string, alias: string, bucket: Bucket): string {
  return `LEFT JOIN ${table} AS ${alias}
         ON ${alias}.bucket = '${bucket}' AND ${alias}.start = r.bucket AND ${alias}.tenant_id = r.tenant_id
           AND ${alias}.metric = r.metric AND ${alias}.tags = r.tags AND ${alias}.count = r.count
           AND ${alias}.start >= to_timestamp($1::float8 / 1000) AND ${alias}.start <= to_timestamp($2::float8 / 1000)`;
}

/** The row as a record of `rollups`. The mean is computed from figures that merge exactly. */
export function toRollup(bucket: Bucket, row: RollupRow, refreshedAt: Millis): Rollup {
  return {
    tenantId: row.tenant_id,
    metric: row.metric,
    tags: row.tags,
    bucket,
    start: row.start_ms,
    count: row.count,
    sum: row.sum,
    min: row.min,
    max: row.max,
    mean: row.sum / row.count,
    refreshedAt,
    increase: row.increase,
    distinct: row.distinct,
  };
}
