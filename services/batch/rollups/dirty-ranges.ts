import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool, PoolClient } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, BUCKETS, type Bucket, bucketStart, coarserThan } from './buckets.js';
import type { DirtyRange } from './refresh-plan.js';

interface Row {
  readonly start_ms: number;
  readonly version: string;
  readonly published: string | null;
}

const COLUMNS =
  '(extract(epoch FROM start) * 1000)::float8 AS start_ms, version::text AS version, published::text AS published';

/** Those that are not left alone for now. */
const DUE = '(retry_at IS NULL OR retry_at <= to_timestamp($4::float8 / 1000))';

/** What has closed so recently comes before history, however much of that there is. */
export const RECENT_MS: Millis = 3_600_000;
/** An hour of minutes; of hours and days there is one. */
const MAX_RECENT = 60;

/**
 * The dirty buckets of one length: closed ones first, those unchanged for longest and those that have closed a short time
 * ago, so that neither history nor current data starves the other; then the open ones. Those that were postponed are left
 * out until their time.
 *
 * @param limit of either kind
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
      `(SELECT ${COLUMNS} FROM tactus.dirty_ranges
        WHERE bucket = $1 AND start <= to_timestamp($2::float8 / 1000) AND ${DUE}
        ORDER BY dirty_ranges.version LIMIT $3)
       UNION
       (SELECT ${COLUMNS} FROM tactus.dirty_ranges
        WHERE bucket = $1 AND start <= to_timestamp($2::float8 / 1000) AND ${DUE}
          AND start > to_timestamp(($2::float8 - ${RECENT_MS}) / 1000)
        ORDER BY start DESC LIMIT ${MAX_RECENT})`,
      [bucket, closedBefore, limit, now],
    );
    const open = await pool.query<Row>(
      `SELECT ${COLUMNS} FROM tactus.dirty_ranges
       WHERE bucket = $1 AND start > to_timestamp($2::float8 / 1000) AND ${DUE}
       ORDER BY start LIMIT $3`,
      [bucket, closedBefore, limit, now],
    );
    const ranges = [...closed.rows, ...open.rows].map((row) => ({
      start: row.start_ms,
      version: row.version,
      published: row.published === row.version,
    }));
    return { ranges, more: closed.rows.length >= limit };
  } catch (error) {
    throw databaseError(error, 'reading dirty ranges');
  }
}

/** A row of `tactus.dirty_ranges`: `bucket` names a length, or other work on a time range. */
export interface Mark {
  readonly bucket: string;
  readonly start: Millis;
}

/** SQL that sets marks: parameters from `first` on are their buckets and starts. In one order, so that no two wait for each other. */
function markSql(first: number): string {
  return `INSERT INTO tactus.dirty_ranges (bucket, start)
       SELECT a.bucket, to_timestamp(a.start_ms / 1000)
       FROM unnest($${first}::text[], $${first + 1}::float8[]) AS a (bucket, start_ms)
       ORDER BY 1, 2
       ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version, touched_at = excluded.touched_at`;
}

/** Marks the hour and the day of a minute. */
export async function markCoarser(client: PoolClient, minute: Millis): Promise<void> {
  const above = coarserThan('1m');
  await client.query(markSql(1), [above, above.map((bucket) => bucketStart(bucket, minute))]);
}

/**
 * Deletes the marks of processed ranges and marks their coarser buckets, in one statement: a crash leaves both done or
 * neither. A bucket that was marked again meanwhile keeps its new mark.
 *
 * @param others further marks to set
 */
export async function completeRanges(
  pool: Pool,
  bucket: Bucket,
  ranges: readonly DirtyRange[],
  others: readonly Mark[],
): Promise<void> {
  const above = coarserThan(bucket).flatMap((coarser) =>
    [...new Set(ranges.map(({ start }) => bucketStart(coarser, start)))].map(
      (start): Mark => ({ bucket: coarser, start }),
    ),
  );
  const marks = [...above, ...others];
  try {
    await pool.query(
      `WITH completed AS (
         DELETE FROM tactus.dirty_ranges AS d
         USING unnest($2::float8[], $3::bigint[]) AS r (start_ms, version)
         WHERE d.bucket = $1 AND d.start = to_timestamp(r.start_ms / 1000) AND d.version = r.version
       )
       ${markSql(4)}`,
      [
        bucket,
        ranges.map(({ start }) => start),
        ranges.map(({ version }) => version),
        marks.map((mark) => mark.bucket),
        marks.map(({ start }) => start),
      ],
    );
  } catch (error) {
    throw databaseError(error, 'completing dirty ranges');
  }
}

/** Stores the published version of open buckets, which stay marked. */
export async function markPublished(
  pool: Pool,
  bucket: Bucket,
  ranges: readonly DirtyRange[],
): Promise<void> {
  try {
    await pool.query(
      `UPDATE tactus.dirty_ranges AS d SET published = r.version
       FROM unnest($2::float8[], $3::bigint[]) AS r (start_ms, version)
       WHERE d.bucket = $1 AND d.start = to_timestamp(r.start_ms / 1000)`,
      [bucket, ranges.map(({ start }) => start), ranges.map(({ version }) => version)],
    );
  } catch (error) {
    throw databaseError(error, 'marking published ranges');
  }
}

/** Leaves a bucket alone until `retryAt`, whatever is marked meanwhile. */
export async function postpone(pool: Pool, { bucket, start }: Mark, retryAt: Millis): Promise<void> {
  try {
    await pool.query(
      `UPDATE tactus.dirty_ranges SET retry_at = to_timestamp($3::float8 / 1000)
       WHERE bucket = $1 AND start = to_timestamp($2::float8 / 1000)`,
      [bucket, start, retryAt],
    );
  } catch (error) {
    throw databaseError(error, 'postponing a dirty range');
  }
}

/** The marks of one kind. */
export interface Backlog {
  readonly ranges: number;
  /** Those of them that failed because of their data and are tried again later. */
  readonly postponed: number;
  /** Age of the oldest mark of a closed range, without the postponed ones. */
  readonly lagSeconds: number;
}

/** The backlog by length of bucket; `windows` are the slots of all window definitions. */
export async function readBacklog(pool: Pool, now: Millis): Promise<Partial<Record<string, Backlog>>> {
  const length = BUCKETS.map((bucket) => `WHEN '${bucket}' THEN ${BUCKET_MS[bucket]}`).join(' ');
  try {
    const { rows } = await pool.query<{
      kind: string;
      ranges: number;
      postponed: number;
      lag: number | null;
    }>(
      `SELECT split_part(bucket, ':', 1) AS kind, count(*)::int AS ranges, count(retry_at)::int AS postponed,
         max(date_part('epoch', clock_timestamp() - touched_at)) FILTER (
           WHERE retry_at IS NULL AND start <= to_timestamp(($1::float8 - CASE bucket ${length} ELSE 0 END) / 1000)) AS lag
       FROM tactus.dirty_ranges GROUP BY 1`,
      [now],
    );
    return Object.fromEntries(
      rows.map(({ kind, ranges, postponed, lag }) => [
        kind,
        { ranges, postponed, lagSeconds: Math.max(0, lag ?? 0) },
      ]),
    );
  } catch (error) {
    throw databaseError(error, 'counting dirty ranges');
  }
}
