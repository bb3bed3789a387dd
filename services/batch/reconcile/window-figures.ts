import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import {
  type AlignedDefinition,
  longestMs,
  type SessionDefinition,
  type WindowDefinition,
} from '../../../shared/windows/definition.js';
import { delayBucketSql } from '../../../shared/windows/delays.js';
import { groupSql } from './definition-sql.js';
import type { StoredFigures, WindowFigures } from './figures.js';
import { isCountedSql } from './increase-sql.js';
import { isMemberSql } from './member-sql.js';
import { isRecordedSql } from './recorded-sql.js';
import type { WindowKey } from './slot-comparison.js';
import type { Slot } from './slots.js';
import { limitedSql, stddevSql } from './value-sql.js';

interface Row {
  readonly key: number;
  readonly stream: WindowFigures['stream'];
  readonly all: StoredFigures | null;
  readonly in_time: StoredFigures | null;
  readonly late_at: number | null;
}

/** Reads the figures of some windows of one definition, in the order of the keys; without increases and members. */
export async function readWindowFigures(
  pool: Pool,
  definition: AlignedDefinition,
  keys: readonly WindowKey[],
): Promise<WindowFigures[]> {
  const starts = keys.map(({ start }) => start);
  try {
    const { rows } = await pool.query<Row>(keyedStatement(definition), [
      definition.name,
      Math.min(...starts),
      Math.max(...starts) + definition.sizeMs,
      definition.quantiles ?? null,
      starts,
      keys.map(({ tenantId }) => tenantId),
      keys.map(({ metric }) => metric),
      keys.map(({ tags }) => JSON.stringify(tags)),
      definition.sizeMs,
    ]);
    return rows.sort((a, b) => a.key - b.key).map(figuresOf);
  } catch (error) {
    throw databaseError(error, `reading figures of windows ${definition.name}`);
  }
}

function figuresOf({ stream, all, in_time, late_at }: Row): WindowFigures {
  return { stream, all, inTime: in_time, lateAt: late_at, sketch: null };
}

/** A session that the stream has written, with its figures; `bucket` as in `delays.ts`. */
export interface SessionFigures {
  readonly key: WindowKey;
  readonly end: Millis;
  readonly bucket: number;
  readonly figures: WindowFigures;
}

/**
 * Reads the sessions that start in a slot, each with the stored points between its start and its end: every point there
 * that was not late belongs to it. In order of series and time, after `after`, at most `limit`.
 */
export async function readSessions(
  pool: Pool,
  definition: SessionDefinition,
  slot: Slot,
  options: { tenantId: string | null; after: WindowKey | null; limit: number },
): Promise<SessionFigures[]> {
  const { after } = options;
  try {
    const { rows } = await pool.query<
      Row & {
        start: number;
        end: number;
        tenant_id: string;
        metric: string;
        tags: Record<string, string>;
        bucket: number;
      }
    >(sessionStatement(definition), [
      definition.name,
      slot.start,
      slot.end + longestMs(definition),
      definition.quantiles ?? null,
      slot.end,
      definition.graceMs,
      options.tenantId,
      after?.tenantId ?? null,
      after?.metric ?? null,
      after === null ? null : JSON.stringify(after.tags),
      after?.start ?? null,
      options.limit,
    ]);
    return rows
      .sort((a, b) => a.key - b.key)
      .map(({ start, end, tenant_id: tenantId, metric, tags, bucket, ...row }) => ({
        key: { start, tenantId, metric, tags },
        end,
        bucket,
        figures: figuresOf(row as Row),
      }));
  } catch (error) {
    throw databaseError(error, `reading sessions ${definition.name}`);
  }
}

const STREAM_FIGURES = `jsonb_build_object('count', w.count, 'sum', w.sum, 'min', w.min, 'max', w.max,
    'mean', w.mean, 'stddev', w.stddev, 'first', w.first, 'last', w.last, 'increase', w.increase,
    'distinct', w."distinct")`;

/** Parameters $5 to $9: the keys, and the size of the windows. */
function keyedStatement(definition: AlignedDefinition): string {
  return `
WITH keys AS MATERIALIZED (
  SELECT r.key::int AS key, to_timestamp(r.start_ms / 1000) AS start, r.start_ms::bigint AS start_ms,
    to_timestamp((r.start_ms + $9::float8) / 1000) AS finish, r.tenant_id, r.metric, r.tags::jsonb AS tags
  FROM unnest($5::float8[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY
    AS r (start_ms, tenant_id, metric, tags, key)
), ${figuresSql(definition, 'l.missed -> $1 @> to_jsonb(k.start_ms)')}
SELECT k.key, ${STORED_FIGURES}, CASE WHEN w.count IS NULL THEN NULL ELSE ${STREAM_FIGURES} END AS stream
FROM keys AS k ${FIGURES_OF_KEYS}
LEFT JOIN tactus.windows AS w
  ON w.tenant_id = k.tenant_id AND w.metric = k.metric AND w."window" = $1 AND w.start = k.start
    AND w.tags_md5 = md5(k.tags::text)::uuid`;
}

/** Parameters $5 to $12: the end of the slot, the grace, the tenant, the key to continue after, the limit. */
function sessionStatement(definition: SessionDefinition): string {
  const delay = `date_part('epoch', k.emitted_at - k.watermark) * 1000 - $6::float8`;
  return `
WITH keys AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY tenant_id, metric, tags, start)::int AS key, w.*, w."end" AS finish
  FROM tactus.windows AS w
  WHERE "window" = $1 AND start >= to_timestamp($2::float8 / 1000) AND start < to_timestamp($5::float8 / 1000)
    AND ($7::text IS NULL OR tenant_id = $7)
    AND NOT EXISTS (
      SELECT FROM tactus.metric_points AS p
      WHERE p.tenant_id = w.tenant_id AND p.metric = w.metric AND p.time = w."end" - INTERVAL '1 millisecond'
        AND ${isRecordedSql('p.kind')})
    AND ($8::text IS NULL OR (tenant_id, metric, tags, start) > ($8, $9::text, $10::jsonb, to_timestamp($11::float8 / 1000)))
  ORDER BY tenant_id, metric, tags, start LIMIT $12
), ${figuresSql(definition, 'l.missed ? $1')}
SELECT k.key, round((date_part('epoch', k.start) * 1000)::numeric)::float8 AS start,
  round((date_part('epoch', k.finish) * 1000)::numeric)::float8 AS "end", k.tenant_id, k.metric, k.tags,
  ${delayBucketSql(delay)} AS bucket, ${STORED_FIGURES}, ${STREAM_FIGURES.replaceAll('w.', 'k.')} AS stream
FROM keys AS k ${FIGURES_OF_KEYS}`;
}

const STORED_FIGURES = `f.late_at,
  CASE WHEN f.all_count > 0 THEN f.all_figures END AS all,
  CASE WHEN f.in_time_count > 0 THEN f.in_time_figures END AS in_time`;

const FIGURES_OF_KEYS = 'LEFT JOIN figures AS f ON f.key = k.key';
const IN_TIME = 'watermark IS NULL';

/**
 * The figures over the stored points of each key, from `start` to `finish`: of all, and of those in time. $1 is the
 * definition's name; $2 and $3, the earliest start and the latest end, follow from the keys but let the planner exclude
 * chunks; $4 are the quantiles.
 *
 * First and last times come from a window function over the members, not from a join with their aggregates: without an
 * estimate of the number of members the server would choose a nested loop.
 */
function figuresSql(definition: WindowDefinition, late: string): string {
  return `members AS (
  SELECT k.key, p.time, ${limitedSql('p.value')} AS value, p.kind, l.watermark
  FROM keys AS k
  JOIN tactus.metric_points AS p
    ON p.tenant_id = k.tenant_id AND p.metric = k.metric AND p.time >= k.start AND p.time < k.finish
      AND ${groupSql(definition, 'p.tags')} = k.tags
  LEFT JOIN tactus.late_points AS l
    ON l.time = p.time AND l.tenant_id = p.tenant_id AND l.id = p.id AND ${late}
  WHERE p.time >= to_timestamp($2::float8 / 1000) AND p.time < to_timestamp($3::float8 / 1000)
), placed AS (
  SELECT members.*, min(time) OVER same AS all_first, max(time) OVER same AS all_last,
    min(time) FILTER (WHERE ${IN_TIME}) OVER same AS in_time_first,
    max(time) FILTER (WHERE ${IN_TIME}) OVER same AS in_time_last
  FROM members WINDOW same AS (PARTITION BY key)
), figures AS MATERIALIZED (
  SELECT key, round((date_part('epoch', max(watermark)) * 1000)::numeric)::float8 AS late_at,
    ${partSql('all', 'true', definition)}, ${partSql('in_time', IN_TIME, definition)}
  FROM placed GROUP BY key
)`;
}

/** Aggregates over some of the members. */
function partSql(part: string, within: string, { quantiles }: WindowDefinition): string {
  const filter = `FILTER (WHERE ${within})`;
  const at = (end: string) => `array_agg(value) FILTER (WHERE ${within} AND time = ${part}_${end})`;
  const exact =
    quantiles === undefined
      ? '$4::float8[]'
      : `percentile_disc($4::float8[]) WITHIN GROUP (ORDER BY value) ${filter}`;
  return `count(*) ${filter} AS ${part}_count, jsonb_build_object(
      'count', count(*) ${filter}, 'sum', sum(value) ${filter}, 'weight', sum(abs(value)) ${filter},
      'min', min(value) ${filter}, 'max', max(value) ${filter}, 'stddev', ${stddevSql('value', filter)},
      'firsts', ${at('first')}, 'lasts', ${at('last')}, 'quantiles', ${exact}, 'increase', NULL, 'distinct', NULL,
      'counters', count(*) FILTER (WHERE ${within} AND ${isCountedSql('kind')}),
      'members', count(*) FILTER (WHERE ${within} AND ${isMemberSql('kind', 'value')})) AS ${part}_figures`;
}
