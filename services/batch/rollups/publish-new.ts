import type { Rollup } from '../../../schemas/types.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { rollupPages, toRollup } from './rollup-rows.js';

/** Rows read and published at once. */
const PAGE_ROWS = 2_000;
/** Minutes that are published at once. */
const MINUTES = 60;
/** Where figures are that come some time after the roll-up they are of. */
const TABLES = ['tactus.rollup_increases', 'tactus.rollup_members'];

/**
 * Publishes the minutes whose increases or members are new, with those. A crash in between publishes them again.
 *
 * @returns the number of rows
 */
export async function publishNewFigures(
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
    for await (const rows of rollupPages(pool, '1m', starts, PAGE_ROWS, 'new figures')) {
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
       FROM (${TABLES.map((table) => `SELECT start, version FROM ${table} WHERE NOT published`).join(' UNION ALL ')}) AS unpublished
       GROUP BY start ORDER BY start LIMIT ${MINUTES}`,
    );
    const version = rows.reduce((most, row) => (BigInt(row.version) > most ? BigInt(row.version) : most), 0n);
    return { starts: rows.map(({ start_ms }) => start_ms), version: String(version) };
  } catch (error) {
    throw databaseError(error, 'reading roll-ups with new figures');
  }
}

async function markPublished(pool: Pool, starts: readonly Millis[], version: string): Promise<void> {
  try {
    for (const table of TABLES)
      await pool.query(
        `UPDATE ${table} SET published = true
       WHERE NOT published AND version <= $2::bigint
         AND start = ANY (ARRAY(SELECT to_timestamp(s / 1000) FROM unnest($1::float8[]) AS s))`,
        [starts, version],
      );
  } catch (error) {
    throw databaseError(error, 'marking roll-ups with new figures as published');
  }
}
