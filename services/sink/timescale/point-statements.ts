/*
 * The two statements that store points from arrays in binary format; parameters as `PointColumns`
 * gives them. Each is a transaction of its own and marks the minutes of its points in `dirty_ranges`: in a
 * part that the server runs last, so the rows that all writers mark are locked for a moment only.
 */

const POINTS = `WITH series AS MATERIALIZED (
  SELECT n::int4 AS n, tenant_id, metric, tags::jsonb AS tags
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS s (tenant_id, metric, tags, n)
)`;

const INSERT = `INSERT INTO tactus.metric_points ("time", tenant_id, metric, tags, value, id, unit, source)
  SELECT p."time", s.tenant_id, s.metric, s.tags, p.value, p.id, p.unit, p.source
  FROM unnest($4::int4[], $5::timestamptz[], $6::float8[], $7::text[], $8::text[], $9::text[])
    AS p (n, "time", value, id, unit, source)
  JOIN series AS s ON s.n = p.n`;

const MARK = `ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version, touched_at = excluded.touched_at`;

/**
 * Takes every point for new, which nearly all are: fails as a whole (23505) if one is not. A third
 * faster than looking for each first.
 */
export const STORE_NEW = `${POINTS}, marked AS (
  INSERT INTO tactus.dirty_ranges (bucket, start)
  SELECT '1m', minute FROM unnest($10::timestamptz[]) AS m (minute)
  ${MARK}
)
${INSERT}`;

/** Leaves out the points that are there already; gives back how many were `stored`. Takes no minutes. */
export const STORE_MISSING = `${POINTS}, stored AS (
  ${INSERT}
  ON CONFLICT (tenant_id, id, "time") DO NOTHING
  RETURNING "time"
), marked AS (
  INSERT INTO tactus.dirty_ranges (bucket, start)
  SELECT '1m', minute
  FROM (SELECT DISTINCT time_bucket(INTERVAL '1 minute', "time") AS minute FROM stored ORDER BY 1) AS m
  ${MARK}
)
SELECT count(*)::int AS stored FROM stored`;
