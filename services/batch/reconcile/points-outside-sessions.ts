import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import { longestMs, type SessionDefinition } from '../../../shared/windows/definition.js';
import { groupSql, likeOf } from './definition-sql.js';
import { isRecordedSql } from './recorded-sql.js';
import type { WindowKey } from './slot-comparison.js';
import type { Slot } from './slots.js';

/** Points of one series that are in no session; `start` is the time of the first that was not late. */
export interface OutsidePoints extends WindowKey {
  readonly points: number;
  readonly late: number;
}

/** The stored points of a slot that are in none of the stream's sessions, by series. */
export async function pointsOutsideSessions(
  pool: Pool,
  definition: SessionDefinition,
  slot: Slot,
  tenantId: string | null,
): Promise<OutsidePoints[]> {
  try {
    const { rows } = await pool.query<OutsidePoints>(statement(definition), [
      definition.name,
      slot.start,
      slot.end,
      likeOf(definition.metrics),
      likeOf(definition.tenants),
      tenantId,
      longestMs(definition),
    ]);
    return rows;
  } catch (error) {
    throw databaseError(error, `searching points outside sessions ${definition.name}`);
  }
}

/** Orders points and starts of sessions by time: a point is in a session if an earlier one has not ended. */
function statement(definition: SessionDefinition): string {
  const from = 'to_timestamp($2::float8 / 1000)';
  const to = 'to_timestamp($3::float8 / 1000)';
  return `
WITH marks AS (
  SELECT p.tenant_id, p.metric, ${groupSql(definition, 'p.tags')} AS tags, p.time, 1 AS kind, NULL::timestamptz AS finish,
    l.id IS NOT NULL AS late
  FROM tactus.metric_points AS p
  LEFT JOIN tactus.late_points AS l
    ON l.time = p.time AND l.tenant_id = p.tenant_id AND l.id = p.id AND l.missed ? $1
  WHERE p.time >= ${from} AND p.time < ${to} AND p.metric LIKE $4 AND p.tenant_id LIKE $5
    AND ($6::text IS NULL OR p.tenant_id = $6) AND NOT ${isRecordedSql('p.kind')}
  UNION ALL
  SELECT tenant_id, metric, tags, start, 0, "end", false
  FROM tactus.windows
  WHERE "window" = $1 AND start >= to_timestamp(($2::float8 - $7::float8) / 1000) AND start < ${to}
    AND ($6::text IS NULL OR tenant_id = $6)
), placed AS (
  SELECT marks.*, max(finish) OVER (PARTITION BY tenant_id, metric, tags ORDER BY time, kind) AS open_until FROM marks
)
SELECT tenant_id AS "tenantId", metric, tags, count(*)::int AS points, count(*) FILTER (WHERE late)::int AS late,
  round((date_part('epoch', coalesce(min(time) FILTER (WHERE NOT late), min(time))) * 1000)::numeric)::float8 AS start
FROM placed
WHERE kind = 1 AND (open_until IS NULL OR time >= open_until)
GROUP BY tenant_id, metric, tags
ORDER BY tenant_id, metric, tags`;
}
