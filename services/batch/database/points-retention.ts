import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';

/**
 * The time since which all points are kept, given the tenants' profiles and a retention policy, if there is
 * one; minus infinity when points are kept for ever. Points before it may have been dropped: refreshing a
 * roll-up there would erase it, and windows have no points to be compared with.
 */
export async function pointsKeptSince(pool: Pool): Promise<Millis> {
  try {
    const { rows } = await pool.query<{ kept: number | null }>(
      `SELECT greatest(
         max(date_part('epoch', now() - (config ->> 'drop_after')::interval) * 1000),
         date_part('epoch', tactus.points_kept_since()) * 1000) AS kept
       FROM timescaledb_information.jobs
       WHERE proc_name = 'policy_retention' AND hypertable_schema = 'tactus' AND hypertable_name = 'metric_points'`,
    );
    return rows[0]?.kept ?? Number.NEGATIVE_INFINITY;
  } catch (error) {
    throw databaseError(error, 'reading for how long points are kept');
  }
}
