import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import type { Mark } from '../rollups/dirty-ranges.js';
import { SLOT_MARK, slotsOfMinutes } from './slots.js';

/** A slot with points that its windows have not been held against yet. */
export interface MarkedSlot {
  readonly start: Millis;
  readonly version: string;
}

/** The marks of all slots whose windows hold points of these minutes. */
export function slotMarks(definitions: readonly WindowDefinition[], minutes: readonly Millis[]): Mark[] {
  return definitions.flatMap((definition) =>
    slotsOfMinutes(definition, minutes).map((start) => ({ bucket: SLOT_MARK + definition.name, start })),
  );
}

/** The slots of a definition that begin by `last`, the longest unmarked first. */
export async function readMarkedSlots(
  pool: Pool,
  definition: WindowDefinition,
  last: Millis,
  limit: number,
): Promise<MarkedSlot[]> {
  if (last === Number.NEGATIVE_INFINITY) return [];
  try {
    const { rows } = await pool.query<{ start_ms: number; version: string }>(
      `SELECT round((date_part('epoch', start) * 1000)::numeric)::float8 AS start_ms, version::text AS version
       FROM tactus.dirty_ranges
       WHERE bucket = $1 AND ($2::float8 IS NULL OR start <= to_timestamp($2 / 1000))
       ORDER BY dirty_ranges.version LIMIT $3`,
      [SLOT_MARK + definition.name, Number.isFinite(last) ? last : null, limit],
    );
    return rows.map(({ start_ms, version }) => ({ start: start_ms, version }));
  } catch (error) {
    throw databaseError(error, 'reading marked slots');
  }
}

/** Drops the marks of definitions that are not in force any more. */
export async function forgetOtherSlots(pool: Pool, definitions: readonly WindowDefinition[]): Promise<void> {
  try {
    await pool.query(
      `DELETE FROM tactus.dirty_ranges WHERE starts_with(bucket, $1) AND bucket <> ALL ($2::text[])`,
      [SLOT_MARK, definitions.map(({ name }) => SLOT_MARK + name)],
    );
  } catch (error) {
    throw databaseError(error, 'forgetting the slots of definitions that are gone');
  }
}
