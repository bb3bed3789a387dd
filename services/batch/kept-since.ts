import { databaseError } from '../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../shared/core/clock.js';

/**
 * Start of the time whose points are all still in the table, by the profiles of the tenants and by a retention
 * policy, if somebody has made one: what lies before it may be gone. To refresh a roll-up there would be to erase it,
 * and its windows have nothing to be held against. Minus infinity when points are kept for ever.
 */
export async function keptSince(pool: Pool): Promise<Millis> {
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
    throw databaseError(error, 'asking for how long points are kept');
  }
}
