import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import type { Mark } from '../rollups/dirty-ranges.js';
import { SLOT_BUCKET, slotsOfMinutes } from './slots.js';

/** A slot with points that have changed since its windows were compared. */
export interface DirtySlot {
  readonly start: Millis;
  readonly version: string;
}

/** The marks of all slots whose windows contain points of these minutes. */
export function dirtySlotMarks(definitions: readonly WindowDefinition[], minutes: readonly Millis[]): Mark[] {
  return definitions.flatMap((definition) =>
    slotsOfMinutes(definition, minutes).map((start) => ({ bucket: SLOT_BUCKET + definition.name, start })),
  );
}

/** The dirty slots of a definition that start by `last`, those marked first come first. */
export async function readDirtySlots(
  pool: Pool,
  definition: WindowDefinition,
  last: Millis,
  limit: number,
): Promise<DirtySlot[]> {
  if (last === Number.NEGATIVE_INFINITY) return [];
  try {
    const { rows } = await pool.query<{ start_ms: number; version: string }>(
      `SELECT round((date_part('epoch', start) * 1000)::numeric)::float8 AS start_ms, version::text AS version
       FROM tactus.dirty_ranges
       WHERE bucket = $1 AND ($2::float8 IS NULL OR start <= to_timestamp($2 / 1000))
       ORDER BY dirty_ranges.version LIMIT $3`,
      [SLOT_BUCKET + definition.name, Number.isFinite(last) ? last : null, limit],
    );
    return rows.map(({ start_ms, version }) => ({ start: start_ms, version }));
  } catch (error) {
    throw databaseError(error, 'reading dirty slots');
  }
}

/** Deletes the marks of definitions that no longer exist. */
export async function deleteOtherSlots(pool: Pool, definitions: readonly WindowDefinition[]): Promise<void> {
  try {
    await pool.query(
      `DELETE FROM tactus.dirty_ranges WHERE starts_with(bucket, $1) AND bucket <> ALL ($2::text[])`,
      [SLOT_BUCKET, definitions.map(({ name }) => SLOT_BUCKET + name)],
    );
  } catch (error) {
    throw databaseError(error, 'deleting the slots of removed definitions');
  }
}
