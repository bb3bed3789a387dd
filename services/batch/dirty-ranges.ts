import { databaseError } from '../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../shared/core/clock.js';
import { BUCKET_MS, type Bucket, bucketStart, coarserThan } from './buckets.js';
import type { DirtyRange } from './refresh-plan.js';

interface Row {
  readonly start_ms: number;
  readonly version: string;
}

const COLUMNS = '(extract(epoch FROM start) * 1000)::float8 AS start_ms, version::text AS version';

/**
 * The dirty buckets of one length: of those that are over at `now` the longest untouched first, so that a
 * stream of history never keeps the present waiting for ever, nor the reverse; then the open ones.
 *
 * @param limit most of either kind
 */
export async function readDirty(
  pool: Pool,
  bucket: Bucket,
  now: Millis,
  limit: number,
): Promise<{ ranges: DirtyRange[]; more: boolean }> {
  const closedBefore = now - BUCKET_MS[bucket];
  try {
    const closed = await pool.query<Row>(
      `SELECT ${COLUMNS} FROM tactus.dirty_ranges
       WHERE bucket = $1 AND start <= to_timestamp($2::float8 / 1000) ORDER BY dirty_ranges.version LIMIT $3`,
      [bucket, closedBefore, limit],
    );
    const open = await pool.query<Row>(
      `SELECT ${COLUMNS} FROM tactus.dirty_ranges
       WHERE bucket = $1 AND start > to_timestamp($2::float8 / 1000) ORDER BY start LIMIT $3`,
      [bucket, closedBefore, limit],
    );
    const ranges = [...closed.rows, ...open.rows].map((row) => ({
      start: row.start_ms,
      version: row.version,
    }));
    return { ranges, more: closed.rows.length === limit };
  } catch (error) {
    throw databaseError(error, 'reading dirty ranges');
  }
}

/**
 * Takes the marks away that are still the ones that were read, and marks the coarser buckets above
 * them, in one statement: a crash leaves either both or neither. A bucket that was marked again since keeps
 * its new mark.
 */
export async function settle(pool: Pool, bucket: Bucket, ranges: readonly DirtyRange[]): Promise<void> {
  const above = coarserThan(bucket).flatMap((coarser) =>
    [...new Set(ranges.map(({ start }) => bucketStart(coarser, start)))].map((start) => ({ coarser, start })),
  );
  try {
    await pool.query(
      `WITH settled AS (
         DELETE FROM tactus.dirty_ranges AS d
         USING unnest($2::float8[], $3::bigint[]) AS r (start_ms, version)
         WHERE d.bucket = $1 AND d.start = to_timestamp(r.start_ms / 1000) AND d.version = r.version
       )
       INSERT INTO tactus.dirty_ranges (bucket, start)
       SELECT a.bucket, to_timestamp(a.start_ms / 1000)
       FROM unnest($4::text[], $5::float8[]) AS a (bucket, start_ms)
       ORDER BY 1, 2
       ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version, touched_at = excluded.touched_at`,
      [
        bucket,
        ranges.map(({ start }) => start),
        ranges.map(({ version }) => version),
        above.map(({ coarser }) => coarser),
        above.map(({ start }) => start),
      ],
    );
  } catch (error) {
    throw databaseError(error, 'settling dirty ranges');
  }
}

/** How many buckets of each length are dirty. */
export async function countDirty(pool: Pool): Promise<Partial<Record<Bucket, number>>> {
  try {
    const { rows } = await pool.query<{ bucket: Bucket; ranges: number }>(
      'SELECT bucket, count(*)::int AS ranges FROM tactus.dirty_ranges GROUP BY bucket',
    );
    return Object.fromEntries(rows.map(({ bucket, ranges }) => [bucket, ranges]));
  } catch (error) {
    throw databaseError(error, 'counting dirty ranges');
  }
}
