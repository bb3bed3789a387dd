import type { Rollup } from '../../../schemas/types.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { inTransaction, type Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition, WindowDefinition } from '../../../shared/windows/definition.js';
import { BUCKET_MS, type Bucket, bucketStart, coarserThan } from './buckets.js';
import { rollupPages, toRollup } from './rollup-rows.js';

/** Rows read and published at once. */
const PAGE_ROWS = 2_000;
/** Minutes that are published at once. */
const MINUTES = 60;
/** The server may add up in another order the next time. */
const ROUNDING = '1e-12';

/**
 * Whether the increases of minutes are taken from the windows of this definition: those that follow each other must fill a minute, and
 * say of each series what it is. The longest such windows are taken, of others only where these leave out metrics or tenants.
 */
export function givesIncreases(
  definition: WindowDefinition,
  all: readonly WindowDefinition[],
): definition is AlignedDefinition {
  const fitting = all.filter(fills).sort((a, b) => b.sizeMs - a.sizeMs);
  const i = fitting.findIndex(({ name }) => name === definition.name);
  const covers = (wide: string, narrow: string) => wide === '*' || wide === narrow;
  const hides = ({ metrics, tenants }: AlignedDefinition) =>
    covers(metrics, definition.metrics) && covers(tenants, definition.tenants);
  return i >= 0 && !fitting.slice(0, i).some(hides);
}

function fills(definition: WindowDefinition): definition is AlignedDefinition {
  return (
    definition.kind !== 'session' && definition.groupBy === null && BUCKET_MS['1m'] % definition.sizeMs === 0
  );
}

/**
 * Writes the increases of the minute from its windows, each as it was last corrected, and marks the hour and the day
 * when one has changed, in one transaction.
 */
export async function rollUpMinute(
  pool: Pool,
  { name, sizeMs }: AlignedDefinition,
  start: Millis,
): Promise<void> {
  await inTransaction(pool, 'writing increases of a minute', async (client) => {
    const { rowCount } = await client.query(MINUTE, [name, start, start + BUCKET_MS['1m'], sizeMs]);
    if (rowCount === null || rowCount === 0) return;
    const above = coarserThan('1m');
    await client.query(
      `INSERT INTO tactus.dirty_ranges (bucket, start)
       SELECT a.bucket, to_timestamp(a.start_ms / 1000) FROM unnest($1::text[], $2::float8[]) AS a (bucket, start_ms) ORDER BY 1
       ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version, touched_at = excluded.touched_at`,
      [above, above.map((bucket) => bucketStart(bucket, start))],
    );
  });
}

const REPLACE = `ON CONFLICT (bucket, start, tenant_id, metric, tags_md5) DO UPDATE SET
    count = excluded.count, increase = excluded.increase, version = excluded.version, published = excluded.published
  WHERE old.count <> excluded.count OR (old.increase IS NULL) <> (excluded.increase IS NULL)
    OR abs(old.increase - excluded.increase) > ${ROUNDING} * greatest(abs(old.increase), abs(excluded.increase))`;

/** Of several that add up one that is not known leaves the sum unknown. */
const SUM = 'CASE WHEN bool_and(increase IS NOT NULL) THEN sum(increase) END';

const MINUTE = `
WITH written AS (
  SELECT tenant_id, metric, tags, count, increase, start, tags_md5
  FROM tactus.windows
  WHERE "window" = $1 AND start >= to_timestamp($2::float8 / 1000) AND start < to_timestamp($3::float8 / 1000)
    AND mod(round(date_part('epoch', start) * 1000)::bigint, $4::bigint) = 0
), corrected AS (
  SELECT tenant_id, metric, tags, count, increase, start, tags_md5
  FROM tactus.corrections
  WHERE "window" = $1 AND start >= to_timestamp($2::float8 / 1000) AND start < to_timestamp($3::float8 / 1000)
    AND mod(round(date_part('epoch', start) * 1000)::bigint, $4::bigint) = 0
), latest AS (
  SELECT * FROM corrected
  UNION ALL
  SELECT * FROM written AS w
  WHERE NOT EXISTS (
    SELECT FROM corrected AS c
    WHERE c.tenant_id = w.tenant_id AND c.metric = w.metric AND c.start = w.start AND c.tags_md5 = w.tags_md5)
)
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

/**
 * Publishes the minutes whose increases are new, with those. A crash in between publishes them again.
 *
 * @returns the number of rows
 */
export async function publishIncreases(
  pool: Pool,
  clock: Clock,
  publish: (rollups: readonly Rollup[]) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let published = 0;
  while (!signal.aborted) {
    const { starts, version } = await readUnpublished(pool);
    if (starts.length === 0) break;
    const refreshedAt = clock.now();
    for await (const rows of rollupPages(pool, '1m', starts, PAGE_ROWS, 'new increases')) {
      await publish(rows.map((row) => toRollup('1m', row, refreshedAt)));
      published += rows.length;
    }
    await markPublished(pool, starts, version);
  }
  return published;
}

async function readUnpublished(pool: Pool): Promise<{ starts: Millis[]; version: string }> {
  try {
    const { rows } = await pool.query<{ start_ms: number; version: string }>(
      `SELECT round(date_part('epoch', start) * 1000) AS start_ms, max(version)::text AS version
       FROM tactus.rollup_increases WHERE NOT published GROUP BY start ORDER BY start LIMIT ${MINUTES}`,
    );
    const version = rows.reduce((most, row) => (BigInt(row.version) > most ? BigInt(row.version) : most), 0n);
    return { starts: rows.map(({ start_ms }) => start_ms), version: String(version) };
  } catch (error) {
    throw databaseError(error, 'reading increases to publish');
  }
}

async function markPublished(pool: Pool, starts: readonly Millis[], version: string): Promise<void> {
  try {
    await pool.query(
      `UPDATE tactus.rollup_increases SET published = true
       WHERE NOT published AND version <= $2::bigint
         AND start = ANY (ARRAY(SELECT to_timestamp(s / 1000) FROM unnest($1::float8[]) AS s))`,
      [starts, version],
    );
  } catch (error) {
    throw databaseError(error, 'marking published increases');
  }
}
