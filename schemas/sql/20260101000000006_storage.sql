-- How data grow old: compressed after a week, removed when their tenant's time is over.

-- A point takes some 330 bytes when it comes (180 and 150 of index, with a UUID as its id) and some 50 compressed, of
-- which the id is nearly all: names and tags stand once per thousand points of a series. That is why there is no table
-- of series with a number in each point: it would save 130 bytes for one week, and nothing after it.
--
-- A point that comes later than a week still finds its place, ten to thirty milliseconds slower.
ALTER TABLE tactus.metric_points SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'tenant_id, metric, tags',
  timescaledb.compress_orderby = 'time DESC'
);
SELECT add_compression_policy('tactus.metric_points', INTERVAL '7 days');

ALTER TABLE tactus.windows SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'tenant_id, metric, "window", tags',
  timescaledb.compress_orderby = 'start DESC'
);
SELECT add_compression_policy('tactus.windows', INTERVAL '7 days');

-- How long a tenant's data are kept. The tenant '*' stands for all that have no row of their own. Without a row, or with
-- null, data are kept for ever.
CREATE TABLE tactus.tenant_profiles (
  tenant_id text PRIMARY KEY,
  -- Everything that was measured or made of it.
  retention_days integer CHECK (retention_days > 0),
  -- Points, late points and windows, where they shall go before their roll-ups.
  raw_days integer CHECK (raw_days > 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION tactus.kept_days(tenant text, raw boolean) RETURNS integer
LANGUAGE sql STABLE
RETURN (
  SELECT CASE WHEN raw THEN least(p.raw_days, p.retention_days) ELSE p.retention_days END
  FROM tactus.tenant_profiles AS p
  WHERE p.tenant_id IN (tenant, '*')
  ORDER BY p.tenant_id = '*'
  LIMIT 1
);

-- The moment before which points of some tenant may have been removed; null when all are kept for ever.
CREATE FUNCTION tactus.points_kept_since() RETURNS timestamptz
LANGUAGE sql STABLE
RETURN (SELECT now() - INTERVAL '1 day' * min(least(raw_days, retention_days)) FROM tactus.tenant_profiles);

-- Removes what is older than its tenant's profile allows, in whole chunks: a chunk that lies before the limits of all
-- its tenants is dropped, out of others each tenant's rows that are over are deleted. So data may stay up to the length of a chunk longer: a day for points and windows, ten for the
-- roll-ups of minutes and hours. One transaction per chunk.
CREATE PROCEDURE tactus.apply_retention(job_id integer, config jsonb)
LANGUAGE plpgsql AS $$
DECLARE
  held record;
  tenant text;
  days integer;
  expired text[];
  kept boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM tactus.tenant_profiles WHERE retention_days IS NOT NULL OR raw_days IS NOT NULL) THEN
    RETURN;
  END IF;
  FOR held IN
    SELECT format('%I.%I', c.chunk_schema, c.chunk_name) AS chunk,
      format('%I.%I', coalesce(a.view_schema, c.hypertable_schema), coalesce(a.view_name, c.hypertable_name)) AS hypertable,
      c.range_start, c.range_end,
      c.hypertable_schema = 'tactus' AND c.hypertable_name IN ('metric_points', 'late_points', 'windows') AS raw,
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
    FOR tenant IN EXECUTE format('SELECT DISTINCT tenant_id FROM %s', held.chunk) LOOP
      days := tactus.kept_days(tenant, held.raw);
      IF days IS NULL OR held.range_end > now() - INTERVAL '1 day' * days THEN
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
SELECT add_job('tactus.apply_retention', INTERVAL '1 day');
