import { databaseError, databaseFault } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, type Bucket, ROLLUP_VIEW } from './buckets.js';

/** A metric with points, or roll-ups of points, that no roll-up can hold. */
export interface Refused {
  readonly tenant_id: string;
  readonly metric: string;
  /** How many were moved away. */
  readonly points: number;
  /** The largest size of their values or sums. */
  readonly largest: number;
}

/**
 * Moves the points of a time whose values are beyond what ingest lets in to `tactus.refused_points`, and marks their minutes;
 * minutes and hours that were made of such points go to `tactus.refused_rollups`. Everybody else's can then be rolled up.
 *
 * A whole call of points is looked at, not the bucket alone that fails: TimescaleDB goes on to refresh all of a call that
 * has failed with each later one that overlaps it.
 *
 * @returns their metrics; none also where the server cannot move so many in one transaction
 */
export async function refusePoints(pool: Pool, from: Millis, to: Millis): Promise<Refused[]> {
  try {
    const { rows } = await pool.query<Refused>(
      `SELECT tenant_id, metric, points::float8 AS points, largest
       FROM tactus.refuse_points(to_timestamp($1::float8 / 1000), to_timestamp($2::float8 / 1000))`,
      [from, to],
    );
    return rows;
  } catch (error) {
    if (databaseFault(error) === 'size') return [];
    throw databaseError(error, 'moving points that cannot be rolled up');
  }
}

/** Series that are named where a bucket fails. */
const NAMED = 3;

/** The series with the largest sums of a minute in a bucket that fails: the likely cause. None where these fail, too. */
export async function largestSums(
  pool: Pool,
  bucket: Bucket,
  start: Millis,
): Promise<{ tenant_id: string; metric: string; sum: number }[]> {
  try {
    const { rows } = await pool.query<{ tenant_id: string; metric: string; sum: number }>(
      `SELECT tenant_id, metric, sum FROM ${ROLLUP_VIEW['1m']}
       WHERE bucket >= to_timestamp($1::float8 / 1000) AND bucket < to_timestamp($2::float8 / 1000)
       ORDER BY abs(sum) DESC LIMIT $3`,
      [start, start + BUCKET_MS[bucket], NAMED],
    );
    return rows;
  } catch (error) {
    if (databaseFault(error) === 'data') return [];
    throw databaseError(error, `reading ${ROLLUP_VIEW['1m']}`);
  }
}
