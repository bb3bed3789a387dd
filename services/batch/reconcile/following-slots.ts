import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { completeRanges } from '../rollups/dirty-ranges.js';
import { dirtySlotMarks } from './dirty-slots.js';
import type { Difference } from './slot-comparison.js';
import { lastEnd, type Slot } from './slots.js';

const MINUTE_MS = 60_000;

/** Whether a counter's point was late for the window. */
export function hasLateCounter({ cause, finding, figures }: Difference): boolean {
  return cause === 'late' && finding.late > 0 && (figures.all?.counters ?? 0) > 0;
}

/**
 * Marks the later slots with a window whose increase a late point of this slot changes: it is the point before the next one of its
 * counter, which may be in a window of its own.
 */
export async function markFollowingSlots(
  pool: Pool,
  definition: AlignedDefinition,
  slot: Slot,
  idleMs: Millis,
): Promise<void> {
  let minutes: Millis[];
  try {
    const { rows } = await pool.query<{ minute: number }>(STATEMENT, [
      definition.name,
      slot.start,
      lastEnd(definition, slot),
      idleMs,
    ]);
    minutes = rows.map(({ minute }) => minute * MINUTE_MS);
  } catch (error) {
    throw databaseError(error, 'searching the points after late ones');
  }
  const later = dirtySlotMarks([definition], minutes).filter(({ start }) => start > slot.start);
  if (later.length > 0) await completeRanges(pool, '1m', [], later);
}

const STATEMENT = `
WITH late AS MATERIALIZED (
  SELECT p.time, p.tenant_id, p.metric, p.tags
  FROM tactus.late_points AS l
  JOIN tactus.metric_points AS p ON p.time = l.time AND p.tenant_id = l.tenant_id AND p.id = l.id
  WHERE l.missed ? $1 AND l.time >= to_timestamp($2::float8 / 1000) AND l.time < to_timestamp($3::float8 / 1000)
    AND p.time >= to_timestamp($2::float8 / 1000) AND p.time < to_timestamp($3::float8 / 1000)
    AND p.kind = 'cumulative'
)
SELECT DISTINCT floor(date_part('epoch', next.time) / 60) AS minute
FROM late CROSS JOIN LATERAL (
  SELECT p.time FROM tactus.metric_points AS p
  WHERE p.tenant_id = late.tenant_id AND p.metric = late.metric AND p.tags = late.tags AND p.kind = 'cumulative'
    AND p.time > late.time AND p.time <= late.time + $4::float8 * INTERVAL '1 millisecond'
  ORDER BY p.time LIMIT 1
) AS next`;
