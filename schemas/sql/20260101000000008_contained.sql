-- One tenant's points or retention must not cost the others their roll-ups.

-- A bucket that fails because of the data in it is left alone until then, and the others go on.
ALTER TABLE tactus.dirty_ranges ADD COLUMN retry_at timestamptz;

-- Points whose values no roll-up can hold: they came past ingest, or before it refused them. A sum of them is more than a
-- double, and fails the refresh of everybody's points in that minute. Taken out of `metric_points` when that happens.
CREATE TABLE tactus.refused_points (
  time timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  value double precision NOT NULL,
  id text NOT NULL,
  unit text,
  source text,
  refused_at timestamptz NOT NULL DEFAULT now()
);

-- The same of roll-ups, whose points may be gone.
CREATE TABLE tactus.refused_rollups (
  view text NOT NULL,
  bucket timestamptz NOT NULL,
  tenant_id text NOT NULL,
  metric text NOT NULL,
  tags jsonb NOT NULL,
  count bigint NOT NULL,
  sum double precision NOT NULL,
  min double precision NOT NULL,
  max double precision NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT now()
);

-- Moves the points of this time that are not finite numbers of at most 1e150 in size, and marks their minutes, in one
-- transaction; and the minutes and hours with sums that no such points can have. Returns their metrics. One statement for each of these: rows of compressed chunks are found by constants only.
CREATE FUNCTION tactus.refuse_points(since timestamptz, until timestamptz)
RETURNS TABLE (tenant_id text, metric text, points bigint, largest double precision)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT DISTINCT p.tenant_id, p.metric FROM tactus.metric_points AS p
    WHERE p.time >= since AND p.time < until AND NOT (p.value BETWEEN -1e150 AND 1e150)
    ORDER BY 1, 2
  LOOP
    RETURN QUERY EXECUTE format($sql$
      WITH moved AS (
        DELETE FROM tactus.metric_points
        WHERE tenant_id = %1$L AND metric = %2$L AND time >= %3$L AND time < %4$L AND NOT (value BETWEEN -1e150 AND 1e150)
        RETURNING time, tenant_id, metric, tags, value, id, unit, source
      ), kept AS (
        INSERT INTO tactus.refused_points (time, tenant_id, metric, tags, value, id, unit, source) SELECT * FROM moved
      ), marked AS (
        INSERT INTO tactus.dirty_ranges (bucket, start)
        SELECT '1m', minute
        FROM (SELECT DISTINCT time_bucket(INTERVAL '1 minute', time) AS minute FROM moved ORDER BY 1) AS minutes
        ON CONFLICT (bucket, start) DO UPDATE SET version = excluded.version, touched_at = excluded.touched_at
      )
      SELECT %1$L::text, %2$L::text, count(*), max(abs(value)) FROM moved
      $sql$, found.tenant_id, found.metric, since, until);
  END LOOP;
  FOR found IN
    SELECT view_name AS view, format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) AS stored
    FROM timescaledb_information.continuous_aggregates
    WHERE view_schema = 'tactus' AND view_name IN ('rollup_1m', 'rollup_1h')
  LOOP
    RETURN QUERY EXECUTE format($sql$
      WITH moved AS (
        DELETE FROM %1$s
        WHERE bucket >= %3$L AND bucket < %4$L AND NOT (sum BETWEEN -1e200 AND 1e200)
        RETURNING bucket, tenant_id, metric, tags, count, sum, min, max
      ), kept AS (
        INSERT INTO tactus.refused_rollups (view, bucket, tenant_id, metric, tags, count, sum, min, max)
        SELECT %2$L, moved.* FROM moved
      )
      SELECT tenant_id, metric, count(*), max(abs(sum)) FROM moved GROUP BY 1, 2 ORDER BY 1, 2
      $sql$, found.stored, found.view, since, until);
  END LOOP;
END
$$;

-- Computes minutes anew where points of some tenants may have been removed: a refresh there would remove their roll-ups.
-- A row is replaced by one that counts at least as many points; with fewer, those of the row are gone, and it stays. So
-- history that is loaded is rolled up, of whatever tenant, and what was rolled up is kept. In one transaction.
CREATE FUNCTION tactus.recompute_minutes(starts timestamptz[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  stored text := (
    SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
    FROM timescaledb_information.continuous_aggregates
    WHERE view_schema = 'tactus' AND view_name = 'rollup_1m');
  first timestamptz := (SELECT min(s) FROM unnest(starts) AS s);
  last timestamptz := (SELECT max(s) FROM unnest(starts) AS s);
BEGIN
  EXECUTE format($sql$
    WITH counted AS MATERIALIZED (
      SELECT time_bucket(INTERVAL '1 minute', time) AS bucket, tenant_id, metric, tags,
        count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max
      FROM tactus.metric_points
      WHERE time >= $2 AND time < $3 + INTERVAL '1 minute' AND time_bucket(INTERVAL '1 minute', time) = ANY ($1)
      GROUP BY 1, 2, 3, 4
    ), known AS MATERIALIZED (
      SELECT bucket, tenant_id, metric, tags, count FROM %1$s
      WHERE bucket >= $2 AND bucket <= $3 AND bucket = ANY ($1)
    ), right_ones AS MATERIALIZED (
      SELECT c.*, k.count IS NOT NULL AS replaces
      FROM counted AS c LEFT JOIN known AS k USING (bucket, tenant_id, metric, tags)
      WHERE k.count IS NULL OR k.count <= c.count
    ), replaced AS (
      DELETE FROM %1$s AS m USING right_ones AS r
      WHERE r.replaces AND m.bucket >= $2 AND m.bucket <= $3
        AND m.bucket = r.bucket AND m.tenant_id = r.tenant_id AND m.metric = r.metric AND m.tags = r.tags
    )
    INSERT INTO %1$s (bucket, tenant_id, metric, tags, count, sum, min, max)
    SELECT bucket, tenant_id, metric, tags, count, sum, min, max FROM right_ones
  $sql$, stored) USING starts, first, last;
END
$$;

-- As before, but points that are not rolled up yet stay until they are: of a tenant with a marked minute in the chunk nothing
-- is removed from it. Minutes that fail because of their data do not count: they may do so for ever.
CREATE OR REPLACE PROCEDURE tactus.apply_retention(job_id integer, config jsonb)
LANGUAGE plpgsql AS $$
DECLARE
  held record;
  tenant text;
  days integer;
  expired text[];
  kept boolean;
  pending boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM tactus.tenant_profiles WHERE retention_days IS NOT NULL OR raw_days IS NOT NULL) THEN
    RETURN;
  END IF;
  DELETE FROM tactus.refused_points AS p
  WHERE p.time < now() - INTERVAL '1 day' * tactus.kept_days(p.tenant_id, true);
  DELETE FROM tactus.refused_rollups AS r
  WHERE r.bucket < now() - INTERVAL '1 day' * tactus.kept_days(r.tenant_id, false);
  COMMIT;
  FOR held IN
    SELECT format('%I.%I', c.chunk_schema, c.chunk_name) AS chunk,
      format('%I.%I', coalesce(a.view_schema, c.hypertable_schema), coalesce(a.view_name, c.hypertable_name)) AS hypertable,
      c.range_start, c.range_end,
      c.hypertable_schema = 'tactus' AND c.hypertable_name IN ('metric_points', 'late_points', 'windows') AS raw,
      c.hypertable_schema = 'tactus' AND c.hypertable_name = 'metric_points' AS points,
      -- Where the compressed rows are, if they are kept apart by tenant. A DELETE by way of the hypertable would
      -- unpack every row first.
      (SELECT format('%I.%I', z.schema_name, z.table_name)
       FROM _timescaledb_catalog.chunk AS u
       JOIN _timescaledb_catalog.chunk AS z ON z.id = u.compressed_chunk_id
       JOIN pg_attribute AS col ON col.attrelid = format('%I.%I', z.schema_name, z.table_name)::regclass
       WHERE (u.schema_name, u.table_name) = (c.chunk_schema, c.chunk_name)
         AND col.attname = 'tenant_id' AND col.atttypid = 'text'::regtype) AS compressed
    FROM timescaledb_information.chunks AS c
    LEFT JOIN timescaledb_information.continuous_aggregates AS a
      ON (a.materialization_hypertable_schema, a.materialization_hypertable_name) = (c.hypertable_schema, c.hypertable_name)
    WHERE coalesce(a.view_schema, c.hypertable_schema) = 'tactus'
      AND c.range_end <= now() - INTERVAL '1 day' *
        (SELECT min(least(raw_days, retention_days)) FROM tactus.tenant_profiles)
    ORDER BY c.range_end
  LOOP
    expired := '{}';
    kept := false;
    -- No point may come between the look at the marks and the removal.
    IF held.points THEN
      EXECUTE format('LOCK TABLE %s IN SHARE MODE', held.chunk);
    END IF;
    FOR tenant IN EXECUTE format('SELECT DISTINCT tenant_id FROM %s', held.chunk) LOOP
      days := tactus.kept_days(tenant, held.raw);
      IF days IS NULL OR held.range_end > now() - INTERVAL '1 day' * days THEN
        kept := true;
        CONTINUE;
      END IF;
      pending := false;
      IF held.points THEN
        EXECUTE format(
          $sql$SELECT EXISTS (
            SELECT FROM tactus.dirty_ranges AS d
            WHERE d.bucket = '1m' AND d.retry_at IS NULL AND d.start >= $1 AND d.start < $2 AND EXISTS (
              SELECT FROM %s AS p
              WHERE p.tenant_id = $3 AND p.time >= d.start AND p.time < d.start + INTERVAL '1 minute'))$sql$, held.chunk)
          INTO pending USING held.range_start, held.range_end, tenant;
      END IF;
      IF pending THEN
        kept := true;
      ELSE
        expired := expired || tenant;
      END IF;
    END LOOP;
    IF NOT kept THEN
      PERFORM drop_chunks(held.hypertable::regclass, older_than => held.range_end, newer_than => held.range_start);
    ELSE
      FOREACH tenant IN ARRAY expired LOOP
        EXECUTE format('DELETE FROM %s WHERE tenant_id = %L', held.chunk, tenant);
        IF held.compressed IS NOT NULL THEN
          EXECUTE format('DELETE FROM %s WHERE tenant_id = %L', held.compressed, tenant);
        END IF;
      END LOOP;
    END IF;
    COMMIT;
  END LOOP;
END
$$;

-- A compressed chunk has an index on what its rows are kept apart by, whose entries hold at most 2,704 bytes: tags may be
-- longer, and one series of them kept the day of every tenant from being compressed. A series is now told by its number
-- (points that were stored before have none: a day or so of them takes more room), and that of windows by its digest.
ALTER TABLE tactus.metric_points ADD COLUMN series bigint;
ALTER TABLE tactus.metric_points SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'tenant_id, metric, series',
  timescaledb.compress_orderby = 'time DESC'
);
ALTER TABLE tactus.windows SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'tenant_id, metric, "window", tags_md5',
  timescaledb.compress_orderby = 'start DESC'
);
