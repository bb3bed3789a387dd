import type { Pool } from '../../shared/adapters/postgres/pool.js';

const VIEWS = ['tactus.rollup_1m', 'tactus.rollup_1h', 'tactus.rollup_1d'];

/** As the batch worker does after points came whose time others have passed. @param start in ms since the epoch, as `end` is */
export async function refreshRollups(
  pool: Pool,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<void> {
  for (const view of VIEWS)
    await pool.query(
      `CALL refresh_continuous_aggregate($1::regclass, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000))`,
      [view, start, end],
    );
}
