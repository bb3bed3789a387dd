import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { inTransaction, type Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { COUNT_OR_INCREASE_CHANGED } from '../database/changed-sql.js';
import { BUCKET_MS, type Bucket } from './buckets.js';
import { markCoarser } from './dirty-ranges.js';
import { latestWindowsSql, minuteParameters } from './minute-windows.js';

/**
 * Writes the increases of the minute from its windows, each as it was last corrected, and marks the hour and the day
 * when one has changed, in one transaction.
 */
export async function rollUpIncreasesOfMinute(
  pool: Pool,
  definition: AlignedDefinition,
  start: Millis,
): Promise<void> {
  await inTransaction(pool, 'writing increases of a minute', async (client) => {
    const { rowCount } = await client.query(MINUTE, minuteParameters(definition, start));
    if (rowCount === null || rowCount === 0) return;
    await markCoarser(client, start);
  });
}

const REPLACE = `ON CONFLICT (bucket, start, tenant_id, metric, tags_md5) DO UPDATE SET
    count = excluded.count, increase = excluded.increase, version = excluded.version, published = excluded.published
  WHERE ${COUNT_OR_INCREASE_CHANGED}`;

/** Of several that add up one that is not known leaves the sum unknown. */
const SUM = 'CASE WHEN bool_and(increase IS NOT NULL) THEN sum(increase) END';

const MINUTE = `
WITH ${latestWindowsSql('count, increase')}
INSERT INTO tactus.rollup_increases AS old (bucket, start, tenant_id, metric, tags, count, increase)
SELECT '1m', to_timestamp($2::float8 / 1000), tenant_id, metric, tags, sum(count), ${SUM}
FROM latest GROUP BY tenant_id, metric, tags HAVING bool_or(increase IS NOT NULL)
${REPLACE}`;

/** The bucket that the increases of a longer one are added up from. */
const FINER = { '1h': '1m', '1d': '1h' } as const;

/** Adds up the increases of hours from minutes, of days from hours; a few rows of each series of counters for each. */
export async function rollUpIncreases(pool: Pool, bucket: Bucket, starts: readonly Millis[]): Promise<void> {
  if (bucket === '1m' || starts.length === 0) return;
  try {
    await pool.query(
      `INSERT INTO tactus.rollup_increases AS old (bucket, start, tenant_id, metric, tags, count, increase, published)
       SELECT $1, b.start, i.tenant_id, i.metric, i.tags, sum(i.count), ${SUM.replaceAll('increase', 'i.increase')}, true
       FROM (SELECT to_timestamp(s / 1000) AS start FROM unnest($3::float8[]) AS s) AS b
       JOIN tactus.rollup_increases AS i
         ON i.bucket = $2 AND i.start >= b.start AND i.start < b.start + $6::float8 * INTERVAL '1 millisecond'
       WHERE i.start >= to_timestamp($4::float8 / 1000) AND i.start < to_timestamp($5::float8 / 1000)
       GROUP BY b.start, i.tenant_id, i.metric, i.tags
       ${REPLACE}`,
      [
        bucket,
        FINER[bucket],
        starts,
        Math.min(...starts),
        Math.max(...starts) + BUCKET_MS[bucket],
        BUCKET_MS[bucket],
      ],
    );
  } catch (error) {
    throw databaseError(error, 'adding up increases');
  }
}
